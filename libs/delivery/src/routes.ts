import type { ClientIdentity } from './client-identity.js';
import type { Route } from './connection.js';
import { guardedConnector, type ConnectorOptions } from './guarded-connector.js';

/** TLS contexts are some hundred kilobytes each: beyond this many identities in use they are made again. */
const MAX_IDENTITIES = 200;

/** The way to each origin, for each client certificate: TLS sessions are never shared between two of them. */
export class Routes {
  readonly #options: ConnectorOptions;
  readonly #anonymous: Route['connect'];
  readonly #byIdentity = new Map<string, Route['connect']>();

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#anonymous = guardedConnector(options);
  }

  to(origin: string, identity?: ClientIdentity): Route {
    if (identity === undefined) return { origin, key: origin, connect: this.#anonymous };
    return { origin, key: `${identity.id} ${origin}`, connect: this.#connectorOf(identity) };
  }

  #connectorOf(identity: ClientIdentity): Route['connect'] {
    const known = this.#byIdentity.get(identity.id);
    const connect = known ?? guardedConnector({ ...this.#options, identity });
    // The most recently used last.
    this.#byIdentity.delete(identity.id);
    this.#byIdentity.set(identity.id, connect);
    const [oldest] = this.#byIdentity.keys();
    if (this.#byIdentity.size > MAX_IDENTITIES && oldest !== undefined) {
      this.#byIdentity.delete(oldest);
    }
    return connect;
  }
}
