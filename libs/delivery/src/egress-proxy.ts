import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { EgressProxyError } from './delivery.errors.js';
import { hostOf, portOf } from './endpoint.js';
import { NameResolver } from './name-resolver.js';
import { clientContext } from './tls-context.js';

export interface EgressProxyOptions {
  /** `http:` or `https:`; with `user:password` where the proxy asks for them (Basic). */
  readonly url: string;
  /**
   * Names are handed to the proxy. They are not resolved here, so nothing here judges the addresses behind
   * them: the proxy has to. For networks that know no outside names.
   */
  readonly resolves: boolean;
  /** From the question for a tunnel to the answer, milliseconds. */
  readonly timeoutMs: number;
  /** PEM certificates that are trusted besides the well-known ones. */
  readonly trustedCertificates?: readonly string[];
}

/** How long a proxy is asked whether it is there, milliseconds. */
const PROBE_MS = 500;

/** What an answer to CONNECT says about the way behind the proxy (RFC 9209 section 2.3, and Squid's own). */
const UPSTREAM_ERRORS: Readonly<Record<string, string>> = {
  connection_refused: 'ECONNREFUSED',
  connection_terminated: 'ECONNRESET',
  connection_timeout: 'UND_ERR_CONNECT_TIMEOUT',
  destination_ip_unroutable: 'EHOSTUNREACH',
  destination_unavailable: 'EHOSTUNREACH',
  dns_error: 'ENOTFOUND',
  dns_timeout: 'ETIMEOUT',
  ERR_CONNECT_FAIL: 'ECONNREFUSED',
  ERR_DNS_FAIL: 'ENOTFOUND',
};

/** "Bad Gateway" and "Gateway Timeout" are about who is behind the gateway (RFC 9110 15.6.3, 15.6.5). */
const UPSTREAM_STATUS: Readonly<Record<number, string>> = {
  502: 'ECONNREFUSED',
  504: 'UND_ERR_CONNECT_TIMEOUT',
};

/**
 * Tunnels through a proxy (CONNECT, RFC 9110 9.3.6). TLS to the receiver runs inside, so the proxy sees
 * addresses and amounts and nothing else.
 *
 * A receiver is blamed only for what the proxy plainly says about it, or where the proxy stays silent about
 * it while it answers for others. All else is an {@link EgressProxyError}.
 */
export class EgressProxy {
  readonly #url: URL;
  readonly #options: EgressProxyOptions;
  readonly #lookup: LookupFunction;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #tls: SecureContext;
  #answeredAt = -Infinity;

  constructor(options: EgressProxyOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#tls = clientContext(options);
    this.#lookup = new NameResolver({ giveUpMs: options.timeoutMs }).lookup;
    const { username, password } = this.#url;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers =
      credentials === ':'
        ? {}
        : { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
  }

  get resolves(): boolean {
    return this.#options.resolves;
  }

  /**
   * A tunnel to the first of the hosts (addresses, or a name where the proxy resolves) that can be reached.
   *
   * @throws EgressProxyError, or an error with the code that a connection of our own would have had.
   */
  async connect(hosts: readonly string[], port: number): Promise<Socket> {
    const endsAt = performance.now() + this.#options.timeoutMs;
    let failure: unknown;
    for (const host of hosts) {
      try {
        return await this.#tunnel(host, port, endsAt);
      } catch (error) {
        if (error instanceof EgressProxyError) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Whether it takes connections: a tunnel that broke off may have been the proxy's own end. */
  async isThere(): Promise<boolean> {
    const socket = connect({
      host: hostOf(this.#url),
      port: portOf(this.#url),
      lookup: this.#lookup,
    });
    try {
      return await new Promise((resolve) => {
        socket.setTimeout(PROBE_MS, () => resolve(false));
        socket.on('connect', () => resolve(true));
        socket.on('error', () => resolve(false));
      });
    } finally {
      socket.destroy();
    }
  }

  #tunnel(host: string, port: number, endsAt: number): Promise<Socket> {
    const askedAt = performance.now();
    const asked = this.#request(`${isIPv6(host) ? `[${host}]` : host}:${port}`);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        asked.destroy();
        reject(this.#silence(askedAt));
      }, endsAt - askedAt);
      const settle = (): void => {
        clearTimeout(late);
        this.#answeredAt = performance.now();
      };
      asked.on('connect', (answer, socket, head) => {
        settle();
        if (answer.statusCode === 200) {
          if (head.length > 0) socket.unshift(head);
          resolve(socket as Socket);
        } else {
          socket.destroy();
          reject(refusalOf(answer));
        }
      });
      asked.on('response', (answer) => {
        settle();
        answer.destroy();
        reject(refusalOf(answer));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(late);
        reject(
          new EgressProxyError(`cannot be used (${error.code ?? error.message})`, { cause: error }),
        );
      });
      asked.end();
    });
  }

  #request(authority: string) {
    const options = {
      host: hostOf(this.#url),
      port: portOf(this.#url),
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...this.#headers },
      lookup: this.#lookup,
      agent: false as const,
    };
    if (this.#url.protocol === 'http:') return httpRequest(options);
    const tls = { rejectUnauthorized: true, secureContext: this.#tls };
    return httpsRequest({ ...options, ...tls });
  }

  /** Silence is the receiver's where the proxy answered for another one meanwhile. */
  #silence(askedAt: number): Error {
    if (this.#answeredAt <= askedAt) return new EgressProxyError('did not answer in time');
    return coded('UND_ERR_CONNECT_TIMEOUT', 'the egress proxy opened no tunnel in time');
  }
}

function refusalOf({ statusCode = 0, headers }: IncomingMessage): Error {
  const told = [headers['proxy-status'], headers['x-squid-error']].flat().join(' ');
  const [name] = Object.keys(UPSTREAM_ERRORS).filter((each) => told.includes(each));
  const code = name === undefined ? UPSTREAM_STATUS[statusCode] : UPSTREAM_ERRORS[name];
  if (code === undefined) return new EgressProxyError(`answered ${statusCode} to CONNECT`);
  return coded(code, `the egress proxy answered ${statusCode}`);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
