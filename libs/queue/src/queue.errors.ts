/** The id of a request was given to another request before. */
export class RequestIdUsedError extends Error {
  readonly code = 'request_id_used';

  constructor(requestId: string) {
    super(
      `request id ${requestId} was used for another action: every action needs an id of its own`,
    );
    this.name = 'RequestIdUsedError';
  }
}

/** An operator named a queue that does not exist. */
export class QueueNotFoundError extends Error {
  readonly code = 'queue_not_found';

  constructor(integrationId: string) {
    super(`there is no queue of integration ${integrationId}`);
    this.name = 'QueueNotFoundError';
  }
}

/** The operator's webhook did not take a notice; `code` is that of the failed attempt. */
export class NoticeRefusedError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'NoticeRefusedError';
  }
}

/** Messages were made by subscriptions that have changed meanwhile; none of them was stored. */
export class SubscriptionsChangedError extends Error {
  constructor() {
    super('subscriptions have changed since the messages were made');
    this.name = 'SubscriptionsChangedError';
  }
}
