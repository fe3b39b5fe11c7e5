/**
 * A stored secret cannot be read with the configured key. The fault is ours: nothing is sent,
 * no queue is blocked, and the attempt is made again once the key is right.
 */
export class SecretUnreadableError extends Error {
  readonly code = 'secret_unreadable';

  /** `owner`: the id of an application, or what else a secret belongs to, see SecretCipher. */
  constructor(owner: string, reason: string) {
    super(`the secret stored for ${owner} cannot be decrypted: ${reason}`);
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

export class InstallationNotFoundError extends Error {
  readonly code = 'installation_not_found';

  constructor(integrationId: string) {
    super(`there is no installed integration ${integrationId}`);
    this.name = 'InstallationNotFoundError';
  }
}

export class ApplicationSuspendedError extends Error {
  readonly code = 'application_suspended';

  constructor(clientId: string) {
    super(`the application ${clientId} is suspended`);
    this.name = 'ApplicationSuspendedError';
  }
}

/** Two replacements of a secret at a time would leave one of them known to nobody. */
export class RotationUnderWayError extends Error {
  readonly code = 'rotation_under_way';

  constructor(
    clientId: string,
    readonly formerValidUntil: Date,
  ) {
    super(
      `the client secret of ${clientId} is being replaced already: ` +
        `the former one is valid until ${formerValidUntil.toISOString()}`,
    );
    this.name = 'RotationUnderWayError';
  }
}

/** Only PRIVATE applications have a list of organizations; PUBLIC ones are installed. */
export class NoOrganizationListError extends Error {
  readonly code = 'no_organization_list';

  constructor(clientId: string) {
    super(`${clientId} is a PUBLIC application: it acts where it is installed`);
    this.name = 'NoOrganizationListError';
  }
}

export class IntegrationNotFoundError extends Error {
  readonly code = 'integration_not_found';

  constructor(integrationId: string) {
    super(`there is neither an installed integration nor an OAuth client ${integrationId}`);
    this.name = 'IntegrationNotFoundError';
  }
}
