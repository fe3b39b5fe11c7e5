/** An operator named a queue that does not exist. */
export class QueueNotFoundError extends Error {
  readonly code = 'queue_not_found';

  constructor(integrationId: string) {
    super(`there is no queue of integration ${integrationId}`);
    this.name = 'QueueNotFoundError';
  }
}
