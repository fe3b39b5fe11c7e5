/** What was waited for did not come in time. The cause is the last failure. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'WAIT_TIMEOUT';

  constructor(
    readonly description: string,
    readonly waitedMs: number,
    readonly attempts: number,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    const seconds = (waitedMs / 1_000).toFixed(1);
    const times = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    super(`${description}: not there after ${seconds} s and ${times}; last cause: ${reason}`, {
      cause,
    });
  }
}

/** A step of the start failed; nothing after it was begun. */
export class BootStepError extends Error {
  override readonly name = 'BootStepError';
  readonly code = 'BOOT_STEP_FAILED';

  constructor(
    readonly step: string,
    cause: unknown,
  ) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    super(`The start failed at "${step}": ${reason}`, { cause });
  }
}

export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly code = 'PORT_TAKEN';

  constructor(variable: string, port: number) {
    super(
      `${variable}: port ${port} is in use by another process; choose a free one, or 0 for any`,
    );
  }
}
