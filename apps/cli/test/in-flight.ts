import { type TestDatabase, waitFor } from '@app/testing';
import type { CliRun } from './cli-process.js';

/** A request under way: the queue is leased, as by a replica that waits for an answer. */
export async function leaseQueue(database: TestDatabase, queueId: string): Promise<void> {
  await database.query(
    `UPDATE integration_queue SET lease_token = lease_token + 1,
       lease_until = clock_timestamp() + interval '10 minutes' WHERE queue_id = $1`,
    [queueId],
  );
}

/** The replica has recorded the end of its request. */
export async function endLease(database: TestDatabase, queueId: string): Promise<void> {
  await database.query(
    `UPDATE integration_queue SET lease_until = '-infinity' WHERE queue_id = $1`,
    [queueId],
  );
}

/**
 * The outcome of a command that has to wait for the end of a request: `whileWaiting` is done once the
 * command has asked again whether it has ended, then the request ends. Throws where the command
 * answers before.
 */
export async function runDuringRequest(
  database: TestDatabase,
  queueId: string,
  start: () => Promise<CliRun>,
  whileWaiting: () => Promise<void>,
): Promise<CliRun> {
  await leaseQueue(database, queueId);
  let answered: CliRun | undefined;
  const running = start().then((run) => (answered = run));
  await waitFor(async () => answered ?? (await asksAgain(database)));
  await whileWaiting();
  if (answered) throw new Error(`answered during the request: ${JSON.stringify(answered)}`);
  await endLease(database, queueId);
  return running;
}

/** The last statement of a session stands in this view until the session ends. */
async function asksAgain(database: TestDatabase): Promise<boolean> {
  const sessions = await database.query(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'happycolis-webhooks-cli'
       AND query LIKE '%q.lease_token = l.token AND q.head_seq <= l.last_seq%'`,
  );
  return sessions.length > 0;
}
