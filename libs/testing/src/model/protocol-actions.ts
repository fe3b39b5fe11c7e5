/** Workers and queues are counted from 0, positions of a queue and records of a partition from 1. */
export type ProtocolAction =
  | { readonly action: 'read'; readonly worker: number; readonly partition: number }
  | { readonly action: 'number'; readonly worker: number }
  | { readonly action: 'enqueue'; readonly worker: number }
  | { readonly action: 'commitOffset'; readonly worker: number }
  | { readonly action: 'wake'; readonly worker: number }
  | { readonly action: 'claim'; readonly worker: number; readonly queue: number }
  | {
      readonly action: 'send';
      readonly worker: number;
      readonly queue: number;
      readonly answer: 'ok' | 'refused';
    }
  | { readonly action: 'receive'; readonly worker: number; readonly queue: number }
  | { readonly action: 'settle'; readonly worker: number; readonly queue: number }
  | { readonly action: 'block'; readonly worker: number; readonly queue: number }
  | { readonly action: 'giveUp'; readonly worker: number; readonly queue: number }
  | { readonly action: 'skip'; readonly queue: number }
  | { readonly action: 'expireLease'; readonly queue: number }
  | { readonly action: 'crash'; readonly worker: number }
  | { readonly action: 'pause'; readonly worker: number }
  | { readonly action: 'resume'; readonly worker: number }
  | { readonly action: 'skew'; readonly worker: number }
  | { readonly action: 'redeliver'; readonly partition: number };

export type ActionName = ProtocolAction['action'];

/** A story: what happened, in order. As JSON it is what `npm run model -- --story` takes. */
export type Story = readonly ProtocolAction[];

interface Implementation {
  readonly about: string;
  /** File below the project and a name in it; none for what happens to the service. */
  readonly code: readonly (readonly [file: string, name: string])[];
}

/** What each action stands for. A spec sees to it that the code is where it is said to be. */
export const ACTIONS: Readonly<Record<ActionName, Implementation>> = {
  read: {
    about: 'a record comes from Kafka',
    code: [
      [
        'apps/notification-processor/src/notification-processor.controller.ts',
        'onOrganizationEvents',
      ],
    ],
  },
  number: {
    about: 'positions are given, apart from the storing: only without the lock of the queue’s row',
    code: [['libs/database/schema.sql', 'numbered AS MATERIALIZED']],
  },
  enqueue: {
    about: 'its message is stored, unless it is known by its id',
    code: [
      ['libs/queue/src/ingest.store.ts', 'enqueue_messages'],
      ['libs/queue/src/message-identity.ts', 'messageIdOf'],
    ],
  },
  commitOffset: {
    about: 'the offset behind the record is committed',
    code: [['apps/notification-processor/src/kafka/batch-handling.ts', 'resolveOffset']],
  },
  wake: {
    about: 'the queue is made known to those who send',
    code: [['libs/queue/src/message-enqueuer.ts', 'private wake(']],
  },
  claim: {
    about: 'the queue is leased with a new token; of a BLOCKED one this is the probe',
    code: [
      ['libs/queue/src/queue.store.ts', 'claim_queues'],
      ['libs/queue/src/queue.sweeper.ts', 'QueueSweeper'],
    ],
  },
  send: {
    about: 'the guard lets a request pass, and the receiver gets it',
    code: [
      ['libs/queue/src/queue.processor.ts', 'holdsLongEnough'],
      ['libs/delivery/src/webhook.sender.ts', 'WebhookSender'],
    ],
  },
  receive: {
    about: 'the answer of the receiver is read',
    code: [['libs/delivery/src/exchange.ts', 'onResponseEnd']],
  },
  settle: {
    about: 'what was delivered is recorded, and the head moves',
    code: [['libs/queue/src/delivery-recorder.ts', 'recordDeliveries']],
  },
  block: {
    about: 'a refusal is recorded, and the queue is BLOCKED',
    code: [['libs/queue/src/outcome-recorder.ts', 'settle']],
  },
  giveUp: {
    about: 'the guard lets no request pass any more: the lease is given back, if it is still there',
    code: [['libs/queue/src/queue.store.ts', 'release_queues']],
  },
  skip: {
    about: 'an operator parks the head',
    code: [['libs/queue/src/queue-operations.store.ts', 'skip(']],
  },
  expireLease: {
    about: 'the time of a lease is over, on the clock of the database',
    code: [['libs/database/schema.sql', 'q.lease_until < clock_timestamp()']],
  },
  crash: { about: 'kill -9; a new process is there at once', code: [] },
  pause: { about: 'a process stands still', code: [] },
  resume: { about: 'it goes on', code: [] },
  skew: { about: 'its wall clock is far ahead', code: [] },
  redeliver: { about: 'Kafka brings a partition again from the beginning', code: [] },
};
