import { createRequire } from 'node:module';
import { patchFetchSessions } from './kafkajs-fetch-sessions.js';
import { patchLargeBatches } from './kafkajs-large-batches.js';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

/** The part of kafkajs' `RequestQueue` that the patch works with. */
export interface RequestQueue {
  /** Epoch milliseconds until which the broker asked us to hold back; -1 when it did not. */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const PATCHED_VERSION = '2.2.4';

/** Kept from kafkajs: a request that waits for a free slot is looked at again after 10 ms. */
const PENDING_CHECK_MS = 10;

const require = createRequire(import.meta.url);
let done = false;

/**
 * Ends a busy loop of kafkajs 2.2.4: each connection re-arms a timer with a negative delay (so, one
 * millisecond) for ever, also when nothing waits; a producer with a consumer wake the process
 * 2,269 times a second and take 6.4 % of a core while idle. From Node 22 on it also prints a
 * TimeoutNegativeWarning. See https://github.com/tulios/kafkajs/issues/1704. What else
 * it mends is told at `patchLargeBatches` and `patchFetchSessions`. Any other version is left as it is, with a warning.
 * Calling it again does nothing.
 */
export function patchKafkajs(logger: TransportLoggerInterface): void {
  if (done) return;
  done = true;
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== PATCHED_VERSION) {
    logger.warn('kafka.unpatched', {
      message:
        `kafkajs ${version} is installed, but its patches are written for ${PATCHED_VERSION}. ` +
        `Check whether timer loop, large batches and fetches are mended and adapt kafkajs-patches.ts.`,
    });
    return;
  }
  const queueClass = require('kafkajs/src/network/requestQueue/index.js') as {
    prototype: RequestQueue;
  };
  queueClass.prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
  patchLargeBatches(require);
  patchFetchSessions(require);
}

/** Arms a timer only when there is something to wait for: a throttle, or requests without a slot. */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null) return;
  const throttledFor = this.throttledUntil - Date.now();
  if (throttledFor <= 0 && this.pending.length === 0) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledFor > 0 ? throttledFor : PENDING_CHECK_MS,
  );
}
