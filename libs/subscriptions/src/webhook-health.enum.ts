/** FAILING exactly while the queue of the webhook's integration is BLOCKED (specification section 5). */
export enum WebhookHealth {
  HEALTHY = 'HEALTHY',
  FAILING = 'FAILING',
}
