import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';

/**
 * Resolves when a metadata request is answered. An open port is not enough: right after it opened, a node
 * knows no broker yet, itself included.
 */
export async function metadataAnswered(brokers: string[]): Promise<void> {
  const admin = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length === 0) throw new Error('no broker is registered yet');
  } finally {
    await admin.disconnect();
  }
}

/** Resolves when a query is answered. */
export async function queryAnswered(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3_000 });
  // A connection that breaks is reported twice; the second time as an event.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}
