import { hostname } from 'node:os';
import { DataSource } from '@app/database';
import { Configuration, Logger } from '@app/platform';
import { DeliveryRecorder, drainPace, OutcomeRecorder, QueueStore, RUN_MESSAGES } from '@app/queue';
import type { Provider } from '@nestjs/common';

/** Holder of the leases of this process. */
export const LEASE_OWNER = `${hostname()}:${process.pid}`;

/** ⑥ settle: outcomes of many queues in one statement; the head moves, or the queue is BLOCKED. */
export const SETTLE: Provider[] = [
  {
    provide: QueueStore,
    inject: [DataSource, Configuration],
    useFactory: (dataSource: DataSource, { delivery, recovery }: Configuration) =>
      new QueueStore(dataSource, {
        owner: LEASE_OWNER,
        leaseMs: delivery.leaseMs,
        probe: recovery.mode === 'probe',
        runMessages: RUN_MESSAGES,
        giveUpAfterMs: recovery.giveUpAfterMs,
        drain: recovery.drain && drainPace(recovery.drain),
      }),
  },
  {
    provide: OutcomeRecorder,
    inject: [QueueStore, Logger],
    useFactory: (store: QueueStore, logger: Logger) =>
      new OutcomeRecorder(store, logger.child('delivery')),
  },
  {
    provide: DeliveryRecorder,
    inject: [QueueStore, Logger],
    useFactory: (store: QueueStore, logger: Logger) =>
      new DeliveryRecorder(store, logger.child('delivery')),
  },
];
