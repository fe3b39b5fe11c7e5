import type { LocalServer, Log } from './local-server.interface.js';
import { shareServer } from './shared-server.js';
import { startKafka, startPostgres } from './start-server.js';

/**
 * What the servers are for. `start` keeps its data and shares its servers: a second `npm start` on another
 * port is a replica of the first. All others get fresh servers of their own, because a test, a
 * demonstration or a measurement is only worth something when nothing of another run is in it.
 */
export type Purpose = 'start' | 'demo' | 'test' | 'bench';

export interface InfrastructureOptions {
  purpose: Purpose;
  log: Log;
}

export interface Infrastructure {
  brokers: string[];
  /** Superuser, maintenance database; or exactly what DATABASE_URL says if that is set. */
  databaseUrl: string;
  /** One line that says what was taken. */
  describe: string;
  /** Ends what was started for this caller. */
  stop(): Promise<void>;
  /** Called when a server that was started here ends without having been told to. */
  onLost(listener: (reason: string) => void): void;
}

interface Found {
  address: string;
  description: string;
  stop(): Promise<void>;
  onLost(listener: (reason: string) => void): void;
}

/**
 * Kafka and PostgreSQL, each by itself in this order: given (KAFKA_BROKERS, DATABASE_URL), in a container,
 * embedded.
 * @throws UnavailableError that names all three ways and what is missing for them.
 */
export async function resolveInfrastructure(
  options: InfrastructureOptions,
): Promise<Infrastructure> {
  const [kafka, postgres] = await allOrNone([findKafka(options), findPostgres(options)]);
  return {
    brokers: kafka.address.split(',').map((broker) => broker.trim()),
    databaseUrl: postgres.address,
    describe: `Kafka: ${kafka.description} · PostgreSQL: ${postgres.description}`,
    stop: async () => void (await Promise.all([kafka.stop(), postgres.stop()])),
    onLost: (listener) => {
      kafka.onLost(listener);
      postgres.onLost(listener);
    },
  };
}

async function findKafka({ purpose, log }: InfrastructureOptions): Promise<Found> {
  const given = process.env.KAFKA_BROKERS;
  if (given) return found(given, 'given by KAFKA_BROKERS');
  if (purpose === 'start') return shareServer('kafka', log);
  const server = await startKafka({ log, optimised: purpose === 'bench' });
  return owned(server, server.brokers.join(','));
}

async function findPostgres({ purpose, log }: InfrastructureOptions): Promise<Found> {
  const given = process.env.DATABASE_URL;
  if (given) return found(given, 'given by DATABASE_URL');
  if (purpose === 'start') return shareServer('postgres', log);
  const server = await startPostgres({ log });
  return owned(server, server.databaseUrl);
}

function found(address: string, description: string): Found {
  return { address, description, stop: async () => {}, onLost: () => {} };
}

function owned(server: LocalServer, address: string): Found {
  return {
    address,
    description: `${server.description} on port ${server.port}`,
    stop: () => server.dispose(),
    onLost: (listener) => server.onUnexpectedEnd(listener),
  };
}

async function allOrNone(searches: [Promise<Found>, Promise<Found>]): Promise<[Found, Found]> {
  const [first, second] = await Promise.allSettled(searches);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') {
    return [first.value, second.value];
  }
  const reasons: unknown[] = [];
  for (const result of [first, second]) {
    if (result.status === 'fulfilled') await result.value.stop();
    else reasons.push(result.reason);
  }
  if (reasons.length === 1) throw reasons[0];
  throw new Error(reasons.map((reason) => (reason as Error).message).join('\n'));
}
