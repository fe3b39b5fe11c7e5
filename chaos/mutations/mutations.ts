/** A protection taken out, and what has to fail then. */
export interface Mutation {
  readonly name: string;
  /** Which protection is missing, for people. */
  readonly about: string;
  readonly edits: readonly Edit[];
  readonly proof: Proof;
  /** What the failing proof has to say. */
  readonly says: RegExp;
}

interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

/** Specs by a part of their path and of their names, or a run of the chaos suite. */
export type Proof =
  { readonly specs: string; readonly named?: string } | { readonly chaos: readonly string[] };

const RUNS = 'libs/database/src/migrations/1764500000000-delivery-runs.ts';

/** Every protection that the promises rest on. Specs see to it that the edits still apply. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'fencing',
    about: 'an outcome counts with any token',
    edits: [
      { file: RUNS, from: ' AND q.lease_token = p_token[d.n]', to: '' },
      { file: RUNS, from: ' AND q.lease_token = r.token', to: '' },
    ],
    proof: { specs: 'faults/zombie', named: 'in the middle of a request' },
    says: /its outcome does not count/,
  },
  {
    name: 'lease-guard',
    about: 'a request begins however little is left of the lease',
    edits: [
      {
        file: 'libs/queue/src/queue.processor.ts',
        from: 'return performance.now() + this.options.neededOfLeaseMs < lease.deadline;',
        to: 'return this.options.neededOfLeaseMs < lease.deadline;',
      },
    ],
    proof: { specs: 'faults/zombie', named: 'between claim and request' },
    says: /it sends nothing/,
  },
  {
    name: 'row-lock',
    about: 'numbers are given without the lock of the queue',
    edits: [
      {
        file: 'libs/database/src/migrations/1764300000002-queue-recovery.ts',
        from: `  PERFORM 1 FROM integration_queue q WHERE q.queue_id = ANY (p_queue)
    ORDER BY q.queue_id FOR NO KEY UPDATE;
  v_enqueued_at`,
        to: '  v_enqueued_at',
      },
    ],
    proof: { chaos: ['--seed', 'row-lock', '--minutes', '0.3', '--only', 'join', '--rate', '300'] },
    says: /position_gap|stored_out_of_order|overtaken|lost/,
  },
  {
    name: 'commit-before-offset',
    about: 'an offset is committed before the records are stored',
    edits: [
      {
        file: 'apps/notification-processor/src/kafka/batch-handling.ts',
        from: 'await withHeartbeats(payload, options.heartbeatIntervalMs, () => handler(records));',
        to: 'void withHeartbeats(payload, options.heartbeatIntervalMs, () => handler(records)).catch(() => undefined);',
      },
    ],
    proof: { specs: 'faults/crash-points', named: 'at every point' },
    says: /Not met within|Expected values to be/,
  },
  {
    name: 'sweeper',
    about: 'nobody looks for queues whose wake-up or holder was lost',
    edits: [
      {
        file: 'libs/queue/src/queue.sweeper.ts',
        from: '    this.job.startLater();',
        to: '',
      },
    ],
    proof: { specs: 'faults/crash-points', named: 'at every point' },
    says: /Not met within/,
  },
  {
    name: 'message-ids',
    about: 'a record becomes another message each time that it is read',
    edits: [
      {
        file: 'libs/queue/src/message-identity.ts',
        from: 'export function messageIdOf(record: KafkaRecord, webhookId: string): string {',
        to: `export function messageIdOf(read: KafkaRecord, webhookId: string): string {
  const record = { ...read, offset: String(Math.random()) };`,
      },
    ],
    proof: { specs: 'faults/crash-points', named: 'at every point' },
    says: /Expected values to be|Not met within/,
  },
  {
    name: 'connection-retry',
    about: 'a kept-alive connection that was just closed is the receiver’s failure',
    edits: [
      {
        file: 'libs/delivery/src/webhook.sender.ts',
        from: 'first.wasStale ? await this.#exchange(attempt, deadlineAt, true) : first;',
        to: 'first;',
      },
    ],
    proof: { specs: 'libs/delivery/test/integration/connections' },
    says: /AssertionError|connection_reset/,
  },
];
