/**
 * A stored secret cannot be read with the configured key. The fault is ours: nothing is sent,
 * no queue is blocked, and the attempt is made again once the key is right.
 */
export class SecretUnreadableError extends Error {
  readonly code = 'secret_unreadable';

  constructor(applicationId: string, reason: string) {
    super(`the client secret of application ${applicationId} cannot be decrypted: ${reason}`);
    this.name = 'SecretUnreadableError';
  }
}

export class ApplicationNotFoundError extends Error {
  readonly code = 'application_not_found';

  constructor(clientId: string) {
    super(`there is no application with client id ${clientId}`);
    this.name = 'ApplicationNotFoundError';
  }
}
