import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { locateKafka } from '../infrastructure/kafka-jars.js';

export type JavaCompression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

export interface JavaProducerOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partition: number;
  readonly compression: JavaCompression;
  /** Values of the records, without line breaks; the index is the key and the header `line`. */
  readonly lines: readonly string[];
}

// Java compiles a single source file by itself; the file stays beside the TypeScript source.
const SOURCE = fileURLToPath(new URL('./java/Producer.java', import.meta.url));

/**
 * Produces with Kafka's own Java client, the reference for every compression. It needs Java 17 and,
 * the first time, Maven, also where the broker is a given one: both are named in the error, because
 * a test of the codecs that silently does not run would be worth nothing.
 */
export async function produceWithJava(options: JavaProducerOptions): Promise<void> {
  const { java, classPath } = await locateKafkaClient();
  const { brokers, topic, partition, compression, lines } = options;
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-cp', classPath];
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
  const child = spawn(
    java,
    [...flags, quiet, SOURCE, brokers.join(','), topic, String(partition), compression],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const output: string[] = [];
  const errors: string[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part.toString()));
  child.stderr.on('data', (part: Buffer) => errors.push(part.toString()));
  // The exit code tells the story when Java ends before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 || Number(output.join('')) !== lines.length) {
    throw new Error(`The Java producer ended with ${code}: ${errors.join('').slice(0, 2_000)}`);
  }
}

async function locateKafkaClient(): Promise<{ java: string; classPath: string }> {
  try {
    return await locateKafka(() => undefined);
  } catch (error) {
    throw new Error(
      "This test writes records with Kafka's own Java client. Install Java 17 or newer (and Maven, " +
        'which fetches the client once into .cache/kafka), or run the other specs only.',
      { cause: error },
    );
  }
}
