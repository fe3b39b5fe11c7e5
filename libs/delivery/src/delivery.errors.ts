/**
 * The address a connection would go to, or went to, is neither public nor explicitly allowed.
 * The receiver's fault: it becomes the outcome `refused_address`.
 */
export class AddressRefusedError extends Error {
  readonly code = 'address_refused';

  constructor(
    readonly host: string,
    readonly address: string,
    /** A public address that the operator denied. */
    isPublic = false,
  ) {
    const reason = isPublic ? 'may not be called' : 'is not a public address';
    super(
      host === address
        ? `The address ${address} ${reason}`
        : `${host} leads to ${address}, which ${reason}`,
    );
    this.name = 'AddressRefusedError';
  }
}

/**
 * A public address, reached through a name, of which only some ports may be called. The receiver's fault:
 * it becomes the outcome `refused_address`.
 */
export class PortRefusedError extends Error {
  readonly code = 'address_refused';

  constructor(
    readonly host: string,
    readonly address: string,
  ) {
    super(`${host} leads to the public address ${address}, whose port may not be called`);
    this.name = 'PortRefusedError';
  }
}

/**
 * The egress proxy could not be reached, or would not open a tunnel for a reason of its own. Our fault, as
 * far as a receiver is concerned: nothing may be blamed on it.
 */
export class EgressProxyError extends Error {
  readonly code = 'egress_proxy';

  constructor(reason: string, options?: ErrorOptions) {
    super(`The egress proxy ${reason}`, options);
    this.name = 'EgressProxyError';
  }
}

/** A client certificate and its key that are no pair, or cannot be read. */
export class InvalidClientCertificateError extends Error {
  readonly code = 'invalid_client_certificate';

  constructor(reason: string, options?: ErrorOptions) {
    super(`The client certificate cannot be used: ${reason}`, options);
    this.name = 'InvalidClientCertificateError';
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
