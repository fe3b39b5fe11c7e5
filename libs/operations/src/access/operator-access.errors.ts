/** A name stands for one token at a time, so that the audit log says who acted. */
export class OperatorNameTakenError extends Error {
  readonly code = 'operator_name_taken';

  constructor(name: string) {
    super(`there is a token of the name "${name}" that was not revoked`);
    this.name = 'OperatorNameTakenError';
  }
}

export class OperatorTokenNotFoundError extends Error {
  readonly code = 'operator_token_not_found';

  constructor(which: string) {
    super(`there is no operator token ${which} that was not revoked`);
    this.name = 'OperatorTokenNotFoundError';
  }
}
