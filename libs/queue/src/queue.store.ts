import type { DataSource } from 'typeorm';
import { plainArray } from './array-parameter.js';
import { milliseconds } from './interval-parameter.js';
import type { Delivery, RecordedRun, RunRecorded } from './delivery-run.js';
import type { QueueLease } from './queue-lease.js';
import { QUEUE_STEPS } from './queue-steps.js';
import { leaseOf, messageOf, type HeadRow, type MessageRow } from './queue-row.js';
import type { Settled, Settlement } from './settlement.js';

export interface LeaseOptions {
  /** Shown to operators: which process holds the lease. */
  readonly owner: string;
  /** Milliseconds. */
  readonly leaseMs: number;
  /** False: a BLOCKED queue is claimed only after an operator asked for it, where none set it to probe. */
  readonly probe: boolean;
  /** Milliseconds without success after which a BLOCKED queue is not probed any more; absent: never. */
  readonly giveUpAfterMs?: number | undefined;
  /** Messages that a claim hands out for a queue at most; 1 when absent. */
  readonly runMessages?: number;
  /** How a backlog drains after an episode; absent: as fast as can be. */
  readonly drain?: DrainPace | undefined;
}

/** Messages a second of one queue; see ADR 29. */
export interface DrainPace {
  readonly start: number;
  /** Gained in a second in which the receiver keeps up. */
  readonly step: number;
  /** From here on there is no limit any more. */
  readonly limit: number;
  /** Milliseconds; an answer that takes longer halves the pace. */
  readonly slowMs: number;
}

/** A queue whose answers take longer is slow: it shares few slots, and drains more slowly. Milliseconds. */
export const SLOW_AFTER_MS = 2_000;

/** It gains every second what it started with. */
export function drainPace({ start, limit }: { start: number; limit: number }): DrainPace {
  return { start, step: start, limit, slowMs: SLOW_AFTER_MS };
}

/** A queue that may be claimed. */
export interface DueQueue {
  readonly queueId: string;
  /** Its head is tried again: a probe. */
  readonly blocked: boolean;
}

type SettledRow = Partial<HeadRow> & {
  readonly settled_queue: string;
  readonly more: boolean;
  readonly due_at: Date | number | null;
  readonly last_tried_at: Date | null;
  readonly due_in: number | null;
  readonly blocked: boolean;
  readonly probes: boolean | null;
};

type RecordedRow = Partial<MessageRow> & {
  readonly queue_id: string;
  readonly more: boolean;
  readonly goes_on: boolean;
  readonly held: boolean;
};

/** PostgreSQL's text cannot hold NUL; nothing else of an error message is changed. */
const storable = (text: string | undefined): string | null => text?.replaceAll('\0', '') ?? null;

/**
 * ⑤ ⑥ Claims and settles queues. The statements that keep order are the database functions of the
 * migration "queue-order"; each method here is one of them.
 */
export class QueueStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: LeaseOptions,
  ) {}

  /** Leases those of the queues that may be claimed now. */
  async claim(queueIds: readonly string[]): Promise<QueueLease[]> {
    const { owner, leaseMs, probe, runMessages = 1 } = this.options;
    const deadline = performance.now() + leaseMs;
    const rows = await this.dataSource.query<HeadRow[]>(
      'SELECT * FROM claim_queues($1, $2, $3, $4, $5)',
      [plainArray(queueIds), owner, milliseconds(leaseMs), probe, runMessages],
    );
    QUEUE_STEPS.claimMade.publish(rows);
    return byQueue(rows).map(([head, ...behind]) => leaseOf(head, deadline, behind));
  }

  /** Records deliveries of runs; a run that is missing in the answer was fenced. */
  async recordDeliveries<Run extends RecordedRun>(
    runs: ReadonlyMap<Run, readonly Delivery[]>,
  ): Promise<Map<Run, RunRecorded>> {
    const now = performance.now();
    const deadline = now + this.options.leaseMs;
    QUEUE_STEPS.outcomeRecording.publish(runs);
    const rows = await this.dataSource.query<RecordedRow[]>(
      `SELECT * FROM record_deliveries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
      [
        ...runColumns(runs),
        ...deliveryColumns(runs, now),
        milliseconds(this.options.leaseMs),
        elsewhereOf(runs),
      ],
    );
    QUEUE_STEPS.outcomeRecorded.publish(rows);
    const ofQueue = new Map([...runs.keys()].map((run) => [run.queueId, run]));
    const recorded = new Map<Run, RunRecorded>();
    for (const answer of byQueue(rows)) {
      const [{ queue_id, more, goes_on: goesOn, held: isHeld }] = answer;
      const run = ofQueue.get(queue_id);
      const messages = answer.filter(isMessage).map(messageOf);
      if (run) recorded.set(run, { more, goesOn, isHeld, deadline, messages });
    }
    return recorded;
  }

  /** Records outcomes, at most one a queue; a queue that is missing in the answer was fenced. */
  async settle(settlements: readonly Settlement[]): Promise<Map<string, Settled>> {
    const now = performance.now();
    const deadline = now + this.options.leaseMs;
    QUEUE_STEPS.outcomeRecording.publish(settlements);
    const rows = await this.dataSource.query<SettledRow[]>(
      `SELECT * FROM settle_attempts(
         $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::interval[], $14, $15, $16,
         $17, $18, $19, $20, $21, $22, $23)`,
      [...settlementColumns(settlements, now), ...this.settleOptions(settlements)],
    );
    QUEUE_STEPS.outcomeRecorded.publish(rows);
    return new Map(rows.map((row) => [row.settled_queue, this.settledOf(row, deadline)]));
  }

  /**
   * Gives leases back without an outcome. A lease that was lost meanwhile is left alone. `delayMs`
   * holds the queues back where the fault is ours and an immediate retry would only repeat it.
   */
  async release(leases: readonly QueueLease[], delayMs = 0): Promise<void> {
    await this.dataSource.query('SELECT release_queues($1, $2, $3)', [
      leases.map((lease) => lease.queueId),
      leases.map((lease) => lease.token),
      milliseconds(delayMs),
    ]);
  }

  /**
   * Gives back queues that an enqueue of this process may have leased without its learning of it. They
   * must not be at work here.
   */
  async giveBackTaken(queueIds: readonly string[]): Promise<void> {
    if (queueIds.length === 0) return;
    const { owner } = this.options;
    await this.dataSource.query('SELECT give_back_taken($1, $2)', [plainArray(queueIds), owner]);
  }

  private settleOptions(settlements: readonly Settlement[]): unknown[] {
    const { leaseMs, giveUpAfterMs, drain, probe } = this.options;
    return [
      milliseconds(leaseMs),
      settlements.map(({ lease }) => lease.head.webhookId),
      giveUpAfterMs === undefined ? null : milliseconds(giveUpAfterMs),
      drain?.slowMs ?? null,
      drain?.start ?? null,
      drain?.step ?? null,
      drain?.limit ?? null,
      probe,
      settlements.map(({ lease }) => lease.head.place.elsewhere),
    ];
  }

  private settledOf(row: SettledRow, deadline: number): Settled {
    return {
      kind: 'settled',
      next: isHead(row) ? leaseOf(row, deadline) : undefined,
      more: row.more,
      dueAt: row.due_at instanceof Date ? row.due_at : undefined,
      dueInMs: Math.max(0, row.due_in ?? 0),
      blocked: row.blocked,
      probes: row.probes ?? this.options.probe,
      lastTriedAt: row.last_tried_at ?? undefined,
    };
  }

  /**
   * Queues that could be claimed now, after `cursor` in the order of ids. Reads the small
   * queue table only: 50,000 rows take some 4 ms.
   */
  async findDue(cursor: string, limit: number): Promise<DueQueue[]> {
    return this.dataSource.query<DueQueue[]>(
      `SELECT q.queue_id AS "queueId", q.status = 'BLOCKED' AS blocked FROM integration_queue q
       WHERE queue_claimable(q, $1) AND q.queue_id > $2 ORDER BY q.queue_id LIMIT $3`,
      [this.options.probe, cursor, limit],
    );
  }
}

function settlementColumns(settlements: readonly Settlement[], now: number): unknown[] {
  const failed = settlements.map(({ outcome }) => ('code' in outcome ? outcome : undefined));
  return [
    settlements.map(({ lease }) => lease.queueId),
    settlements.map(({ lease }) => lease.token),
    settlements.map(({ lease }) => lease.head.seq),
    settlements.map(({ lease }) => lease.attempts + 1),
    settlements.map(({ lease }) => lease.head.messageId),
    settlements.map(({ startedAt }) => Math.round(now - startedAt)),
    settlements.map(({ outcome }) =>
      'durationMs' in outcome ? Math.round(outcome.durationMs) : 0,
    ),
    settlements.map(({ outcome }) => outcome.kind),
    settlements.map(({ outcome }) => ('statusCode' in outcome ? outcome.statusCode : null)),
    failed.map((outcome) => outcome?.code ?? null),
    failed.map((outcome) => storable(outcome?.message)),
    failed.map((outcome) => (outcome?.excerpt.length ? outcome.excerpt : null)),
    settlements.map(({ retryInMs }) => milliseconds(retryInMs)),
    settlements.map(({ keep }) => keep),
  ];
}

/** Rows of one queue follow each other. */
function byQueue<Row extends { readonly queue_id: string }>(
  rows: readonly Row[],
): [Row, ...Row[]][] {
  const queues: [Row, ...Row[]][] = [];
  for (const row of rows) {
    const last = queues.at(-1);
    if (last?.[0].queue_id === row.queue_id) last.push(row);
    else queues.push([row]);
  }
  return queues;
}

function runColumns(runs: ReadonlyMap<RecordedRun, readonly Delivery[]>): unknown[] {
  let place = 0;
  const lastPlaces: number[] = [];
  const lastSent: (number | null)[] = [];
  for (const deliveries of runs.values()) {
    const sent = deliveries.findLastIndex(({ outcome }) => outcome.kind === 'delivered');
    lastSent.push(sent === -1 ? null : place + sent + 1);
    place += deliveries.length;
    lastPlaces.push(place);
  }
  const requests = [...runs].map(([run, { length }]) => run.request(length));
  return [
    plainArray([...runs.keys()].map(({ queueId }) => queueId)),
    plainArray([...runs.keys()].map(({ token }) => token)),
    plainArray(lastPlaces),
    lastSent,
    plainArray(requests.map(({ ends }) => ends)),
    plainArray(requests.map(({ from }) => from)),
    plainArray(requests.map(({ wanted }) => wanted)),
  ];
}

function deliveryColumns(
  runs: ReadonlyMap<RecordedRun, readonly Delivery[]>,
  now: number,
): unknown[] {
  const deliveries = [...runs.values()].flat();
  const plain = [
    [...runs.values()].flatMap((ofRun, index) => ofRun.map(() => index + 1)),
    deliveries.map(({ message }) => message.seq),
    deliveries.map(({ attempt }) => attempt),
    deliveries.map(({ message }) => message.messageId),
    deliveries.map(({ message }) => message.webhookId),
    deliveries.map(({ startedAt }) => now - startedAt),
    deliveries.map(({ outcome }) => ('durationMs' in outcome ? Math.round(outcome.durationMs) : 0)),
    deliveries.map(({ outcome }) => outcome.kind),
  ].map((column) => plainArray(column));
  return [
    ...plain,
    deliveries.map(({ outcome }) => ('statusCode' in outcome ? outcome.statusCode : null)),
  ];
}

/** Null where none went elsewhere, which is almost always. */
function elsewhereOf(runs: ReadonlyMap<RecordedRun, readonly Delivery[]>): unknown {
  const elsewhere = [...runs.values()].flat().map(({ message }) => message.place.elsewhere);
  return elsewhere.includes(true) ? plainArray(elsewhere) : null;
}

const isMessage = (row: RecordedRow): row is RecordedRow & MessageRow => Boolean(row.seq);

const isHead = (row: SettledRow): row is SettledRow & HeadRow => Boolean(row.queue_id);
