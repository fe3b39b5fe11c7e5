/**
 * The address a connection would go to, or went to, is neither public nor explicitly allowed.
 * The receiver's fault: it becomes the outcome `refused_address`.
 */
export class AddressRefusedError extends Error {
  readonly code = 'address_refused';

  constructor(
    readonly host: string,
    readonly address: string,
  ) {
    super(
      host === address
        ? `The address ${address} is not a public address`
        : `${host} leads to ${address}, which is not a public address`,
    );
    this.name = 'AddressRefusedError';
  }
}

/**
 * More bytes were read for one request than any acceptable answer has.
 * The receiver's fault: it becomes the outcome `rejected` with `response_too_large`.
 */
export class OverlongAnswerError extends Error {
  readonly code = 'overlong_answer';

  constructor(readonly maxBytes: number) {
    super(`The answer has more than ${maxBytes} bytes, heads and framing included`);
    this.name = 'OverlongAnswerError';
  }
}

/** An entry of the allowed networks is no CIDR. Thrown at start, names the entry. */
export class InvalidNetworkError extends Error {
  readonly code = 'invalid_network';

  constructor(readonly network: string) {
    super(`"${network}" is not a network in CIDR notation such as 10.0.0.0/8 or fd00::/8`);
    this.name = 'InvalidNetworkError';
  }
}

/** An empty `clientSecret` would sign with a key that everybody knows. */
export class EmptySecretError extends Error {
  readonly code = 'empty_secret';

  constructor() {
    super('The client secret is empty: nothing is sent unsigned');
    this.name = 'EmptySecretError';
  }
}

/** The sender was closed; the message was not sent. */
export class SenderClosedError extends Error {
  readonly code = 'sender_closed';

  constructor() {
    super('The sender is closed');
    this.name = 'SenderClosedError';
  }
}

/**
 * The caller sent more at a time to one origin than it had announced; the message was not sent.
 * Nothing waits inside the sender, because a wait there would be charged to the receiver.
 */
export class OriginBusyError extends Error {
  readonly code = 'origin_busy';

  constructor(
    readonly origin: string,
    readonly limit: number,
  ) {
    super(`All ${limit} connections to ${origin} are in use`);
    this.name = 'OriginBusyError';
  }
}
