import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { UnavailableError } from './infrastructure.errors.js';
import type { Log } from './local-server.interface.js';
import { guardProcess } from './process-guard.js';
import { cacheDirectory } from './project-directories.js';

export const KAFKA_VERSION = '4.2.1';
const SLF4J_VERSION = '1.7.36';
/** What Kafka 4 asks of a broker's machine. */
const JAVA_MINIMUM = 17;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>${SLF4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

export interface KafkaProgram {
  java: string;
  classPath: string;
}

/**
 * Java and the jars of Apache Kafka, fetched from Maven Central into `.cache/kafka` on first use.
 * @throws UnavailableError when Java 17 or newer, or Maven while the jars are not there yet, is missing.
 */
export async function locateKafka(log: Log): Promise<KafkaProgram> {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const version = await javaMajorVersion(java);
  if (version === undefined) throw new UnavailableError(`no Java (${JAVA_MINIMUM} or newer)`);
  if (version < JAVA_MINIMUM) {
    throw new UnavailableError(`Java ${version} is too old (${JAVA_MINIMUM} or newer is needed)`);
  }
  const jars = join(cacheDirectory('kafka'), KAFKA_VERSION);
  if (!existsSync(jars)) await download(jars, log);
  return { java, classPath: join(jars, '*') };
}

async function javaMajorVersion(java: string): Promise<number | undefined> {
  try {
    const { stderr } = await promisify(execFile)(java, ['-version']);
    const version = /version "(\d+)(?:\.(\d+))?/.exec(stderr);
    // Java 8 calls itself 1.8.
    return version ? Number(version[1] === '1' ? version[2] : version[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** Another run may do the same at the same time: each fills its own directory, one rename wins. */
async function download(target: string, log: Log): Promise<void> {
  const work = mkdtempSync(join(cacheDirectory('kafka'), 'download-'));
  try {
    writeFileSync(join(work, 'pom.xml'), POM);
    log(`fetching Apache Kafka ${KAFKA_VERSION} from Maven Central (43 MB, once) …`);
    await runMaven(work, log);
    if (readdirSync(join(work, 'jars')).length === 0) throw new Error('Maven copied no jars');
    renameSync(join(work, 'jars'), target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function runMaven(work: string, log: Log): Promise<void> {
  const goal = ['-B', '-ntp', 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  // Its own local repository: nothing is written outside the project, and parallel runs cannot meet.
  const places = ['-DoutputDirectory=jars', `-Dmaven.repo.local=${join(work, 'repository')}`];
  const maven = spawn('mvn', [...goal, ...places], {
    cwd: work,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const guard = maven.pid ? guardProcess(maven.pid, 'SIGTERM') : undefined;
  const lines: string[] = [];
  let copied = 0;
  const note = (line: string): void => {
    lines.push(line);
    if (/Copying .*\.jar/.test(line) && ++copied % 10 === 0) log(`… ${copied} jars`);
  };
  createInterface(maven.stdout).on('line', note);
  createInterface(maven.stderr).on('line', note);
  const finished = new Promise<void>((resolve, reject) => {
    maven.once('error', () =>
      reject(new UnavailableError('no Maven (`mvn`) to fetch Apache Kafka')),
    );
    maven.once('close', (code) => {
      if (code === 0) return resolve();
      const reason = lines.filter((line) => line.includes('ERROR')).slice(0, 3);
      reject(new UnavailableError(`Maven could not fetch Apache Kafka: ${reason.join(' ')}`));
    });
  });
  return finished.finally(() => guard?.release());
}
