/** Something that was waited for did not happen in time. */
export class WaitExpiredError extends Error {
  readonly code = 'wait_expired';

  constructor(what: string, limitMs: number, seen: string) {
    super(`waited ${limitMs / 1000} s for ${what}, in vain (${seen})`);
    this.name = 'WaitExpiredError';
  }
}

/** A process or a server that the demonstration needs is gone. */
export class LostError extends Error {
  readonly code = 'lost';

  constructor(reason: string) {
    super(reason);
    this.name = 'LostError';
  }
}

/** A receiver saw what must never happen; waiting for the rest is of no use. */
export class BrokenPromiseError extends Error {
  readonly code = 'broken_promise';

  constructor(finding: string) {
    super(finding);
    this.name = 'BrokenPromiseError';
  }
}

/** A command of the operator's command line failed, or took far too long. */
export class CommandFailedError extends Error {
  readonly code = 'command_failed';

  constructor(command: string, reason: string) {
    super(`\`${command}\` failed: ${reason}`);
    this.name = 'CommandFailedError';
  }
}

/** The subscriptions API answered with an error. */
export class ApiRefusedError extends Error {
  /** Of the API, such as CONFLICT; empty where it gave none. */
  readonly code: string;

  constructor(
    what: string,
    code: unknown,
    reason: string,
    /** What the API said besides, such as the webhook that is in the way. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${what} was refused: ${reason}`);
    this.name = 'ApiRefusedError';
    this.code = typeof code === 'string' ? code : '';
  }
}
