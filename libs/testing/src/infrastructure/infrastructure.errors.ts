/** A way to get a server that this machine does not offer; `message` names what is missing. */
export class UnavailableError extends Error {
  readonly code = 'INFRASTRUCTURE_UNAVAILABLE';
}

/** A local server that was started but never answered, or ended before it did. */
export class ServerStartError extends Error {
  readonly code = 'SERVER_START_FAILED';

  constructor(
    readonly server: string,
    reason: string,
    logTail: string,
  ) {
    super(`${server} ${reason}.${logTail && `\nThe end of its log:\n${logTail}`}`);
  }
}
