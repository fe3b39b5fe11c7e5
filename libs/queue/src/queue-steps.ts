import { channel } from 'node:diagnostics_channel';

/**
 * Told on both sides of every durable step, so that a test can end or stop the process exactly there. Nobody
 * listens otherwise: telling a channel without a listener is an empty function.
 */
export const QUEUE_STEPS = {
  enqueueStoring: channel('webhooks:enqueue.storing'),
  enqueueStored: channel('webhooks:enqueue.stored'),
  wakeUpEmitted: channel('webhooks:wake_up.emitted'),
  claimMade: channel('webhooks:claim.made'),
  outcomeRecording: channel('webhooks:outcome.recording'),
  outcomeRecorded: channel('webhooks:outcome.recorded'),
  failureEmitted: channel('webhooks:failure.emitted'),
} as const;
