export class DuplicateSubscriptionError extends Error {
  readonly code = 'duplicate_subscription';

  constructor(
    readonly integrationId: string,
    readonly type: string | null,
    readonly webhookId: string | undefined,
  ) {
    super(
      `integration ${integrationId} already has a webhook for ${type ?? 'every type'}` +
        (webhookId ? `: ${webhookId}` : ''),
    );
    this.name = 'DuplicateSubscriptionError';
  }
}

export class IntegrationNotFoundError extends Error {
  readonly code = 'integration_not_found';

  constructor(integrationId: string) {
    super(`there is no integration ${integrationId}`);
    this.name = 'IntegrationNotFoundError';
  }
}

export class WebhookNotFoundError extends Error {
  readonly code = 'webhook_not_found';

  constructor(webhookId: string) {
    super(`there is no webhook ${webhookId}`);
    this.name = 'WebhookNotFoundError';
  }
}

/** The webhook is another integration's, or one of the other kind of owner. */
export class WebhookOwnerMismatchError extends Error {
  readonly code = 'webhook_owner_mismatch';

  constructor(webhookId: string) {
    super(`webhook ${webhookId} belongs to another integration or kind of integration`);
    this.name = 'WebhookOwnerMismatchError';
  }
}
