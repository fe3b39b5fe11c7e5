import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

/** A lease under which a request may be on its way. */
interface RunningLease {
  readonly queueId: string;
  readonly token: string;
  /** The last message that was handed out under it. */
  readonly lastSeq: string;
}

const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 200;

/**
 * Requests that were under way when something was changed. A replica reads endpoint, headers and
 * removal together with a message, so after the commit of a change what was handed out before may still
 * be sent by the state before: one message, or a few where the receiver is quick. Whoever has to promise
 * "from now on" waits here for the end of it.
 */
export class InFlightDeliveries {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Resolves when every request of these queues (where given: of this webhook) that began before this
   * call is recorded, or cannot be begun any more because its lease is over. That is at once where
   * nothing is under way, else one attempt of the receiver (or a few quick ones); a replica that was
   * killed holds it up until its lease runs out.
   * @param signal ends the wait, which then throws the signal's reason: nobody is left who is promised anything.
   */
  async ended(
    queueIds: readonly string[],
    webhookId?: string,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      await this.watch(queueIds, webhookId, signal);
    } catch (error) {
      // Where the service ends, the connection may break first: that is not what ended the wait.
      signal?.throwIfAborted();
      throw error;
    }
  }

  private async watch(
    queueIds: readonly string[],
    webhookId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let running = await this.running(queueIds, webhookId);
    for (let pauseMs = FIRST_PAUSE_MS; running.length > 0;) {
      await interval(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
      running = await this.stillRunning(running);
    }
  }

  private running(queueIds: readonly string[], webhookId?: string): Promise<RunningLease[]> {
    return this.dataSource.query<RunningLease[]>(
      `SELECT q.queue_id AS "queueId", q.lease_token AS token, greatest(q.head_seq, q.leased_seq) AS "lastSeq"
       FROM integration_queue q
       WHERE q.queue_id = ANY ($1) AND q.lease_until > clock_timestamp()
         AND ($2::uuid IS NULL OR EXISTS (
           SELECT FROM integration_queue_message m
           WHERE m.queue_id = q.queue_id AND m.seq BETWEEN q.head_seq AND greatest(q.head_seq, q.leased_seq)
             AND m.webhook_id = $2))`,
      [queueIds, webhookId ?? null],
    );
  }

  private stillRunning(leases: readonly RunningLease[]): Promise<RunningLease[]> {
    return this.dataSource.query<RunningLease[]>(
      `SELECT q.queue_id AS "queueId", q.lease_token AS token, l.last_seq AS "lastSeq"
       FROM integration_queue q
       JOIN unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS l (queue_id, token, last_seq)
         ON q.queue_id = l.queue_id AND q.lease_token = l.token AND q.head_seq <= l.last_seq
       WHERE q.lease_until > clock_timestamp()`,
      [
        leases.map(({ queueId }) => queueId),
        leases.map(({ token }) => token),
        leases.map(({ lastSeq }) => lastSeq),
      ],
    );
  }
}

/** Throws the signal's reason as soon as it is aborted. */
async function interval(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    signal?.throwIfAborted();
  }
}
