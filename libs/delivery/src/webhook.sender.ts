import type { KeyObject } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { AddressGuard, type AddressRules } from './address.guard.js';
import type { ClientIdentity } from './client-identity.js';
import { ConnectionPool } from './connection-pool.js';
import type { Route } from './connection.js';
import { customHeaderFaults } from './custom-headers.js';
import { EgressProxyError, SenderClosedError } from './delivery.errors.js';
import type { DeliveryOutcome } from './delivery-outcome.js';
import { judgeEndpoint, type EndpointRules, type EndpointVerdict } from './endpoint.js';
import { exchange, type ExchangeLimits, type ExchangeResult } from './exchange.js';
import { EgressProxy } from './egress-proxy.js';
import { NameResolver } from './name-resolver.js';
import { outcomeOf, unsendable } from './outcome-of.js';
import { signPayload } from './payload.signer.js';
import { requestHeaders } from './request-headers.js';
import { Routes } from './routes.js';
import { standardHeaders, type StandardSigning } from './standard-signature.js';

export interface WebhookSenderOptions extends AddressRules {
  /** Whether `http:` endpoints may be called besides `https:`. */
  readonly allowHttp: boolean;
  /** Ports that may be called besides that of the scheme, see `judgeEndpoint`; none when not given. */
  readonly allowedPorts?: readonly number[];
  /** Total for one attempt: DNS, connect, TLS, head and body of the answer, in ms. */
  readonly timeoutMs: number;
  /** DNS, TCP and TLS together, in ms and within the total; 3,000 when not given. */
  readonly connectTimeoutMs?: number;
  /** An answer with more bytes is a failure; 65,536 when not given. */
  readonly maxResponseBytes?: number;
  /** Posts to one origin at a time: the caller's own limit, or more. */
  readonly connectionsPerOrigin: number;
  /** Unused connections kept over all origins; 1,024 when not given. */
  readonly maxIdleConnections?: number;
  readonly userAgent?: string;
  /** PEM certificates that are trusted besides the well-known ones. */
  readonly trustedCertificates?: readonly string[];
  /** How a name becomes addresses; a `NameResolver` when not given. */
  readonly lookup?: LookupFunction;
  /** Where connections go through; directly to the receivers when not given. */
  readonly proxy?: { readonly url: string; readonly resolves: boolean } | undefined;
}

export interface WebhookRequest {
  readonly endPoint: string;
  /** The subscription's custom headers, sent as they are in the order of the object. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Headers of the service besides the signature, sent before the subscription's. Where the
   * subscription has one of the same name, its own is sent. They have to be valid headers: one that
   * is not is a fault of ours, and thrown.
   */
  readonly marks?: Readonly<Record<string, string>>;
  /** The envelope: exactly these bytes are signed and sent. */
  readonly body: Buffer;
  /** The application's `clientSecret`, see `signingKey`. */
  readonly secret: KeyObject;
  /** Signs in the form of Standard Webhooks besides; not signed so when not given. */
  readonly standard?: StandardSigning;
  /** The outcome of a 2xx has the first bytes of the answer. */
  readonly keepsAnswer?: boolean;
  /** Presented to a receiver that asks for a client certificate. */
  readonly identity?: ClientIdentity;
}

const KEEP_ALIVE = { keepAliveMs: 10_000, keepAliveMaxMs: 30_000 };
/** Of endpoints, whose texts have 2,048 characters at most; beyond that many they are judged anew. */
const MAX_VERDICTS = 10_000;
const DEFAULT_USER_AGENT = 'happycolis-webhooks';

/** Of what is left for connecting: the tunnel ends before the attempt does, so that it is clear whose fault it is. */
const TUNNEL_SHARE = 0.8;

interface Attempt {
  readonly route: Route;
  readonly keepsAnswer: boolean;
  readonly options: Dispatcher.DispatchOptions;
}

/**
 * Signs and posts. Whatever the receiver does becomes an outcome within `timeoutMs`; an exception
 * means that the fault is ours and that the receiver must not be blamed for it.
 *
 * Follows no redirect, uses no proxy, keeps no cookie and inflates no answer. Holds no queue: how
 * many posts run at a time, and to which origin, is decided by the caller (see `originOf`).
 */
export class WebhookSender {
  readonly #rules: EndpointRules;
  readonly #limits: Omit<ExchangeLimits, 'deadlineAt'>;
  readonly #timeoutMs: number;
  readonly #userAgent: string;
  readonly #pool: ConnectionPool;
  readonly #routes: Routes;
  readonly #proxy: EgressProxy | undefined;
  #running = 0;
  #whenIdle: (() => void) | undefined;
  readonly #verdicts = new Map<string, EndpointVerdict>();
  #closed = false;

  /** @throws InvalidNetworkError for an allowed network that is no CIDR. */
  constructor(options: WebhookSenderOptions) {
    const guard = new AddressGuard(options);
    const connectTimeoutMs = Math.min(options.connectTimeoutMs ?? 3000, options.timeoutMs);
    const { allowHttp, allowedPorts = [] } = options;
    this.#rules = { allowHttp, allowedPorts, guard };
    this.#timeoutMs = options.timeoutMs;
    this.#userAgent = options.userAgent ?? DEFAULT_USER_AGENT;
    this.#limits = {
      connectTimeoutMs,
      maxResponseBytes: options.maxResponseBytes ?? 65_536,
    };
    this.#proxy = proxyOf(options, connectTimeoutMs);
    const lookup = options.lookup ?? new NameResolver({ giveUpMs: connectTimeoutMs }).lookup;
    const { trustedCertificates = [] } = options;
    this.#routes = new Routes({
      guard,
      connectTimeoutMs,
      allowedPorts,
      lookup,
      trustedCertificates,
      ...(this.#proxy && { proxy: this.#proxy }),
    });
    this.#pool = new ConnectionPool({
      ...KEEP_ALIVE,
      connectionsPerOrigin: options.connectionsPerOrigin,
      maxIdleConnections: options.maxIdleConnections ?? 1024,
    });
  }

  /**
   * One attempt. Nothing that undici would refuse reaches it: endpoint and headers are judged
   * again, although they were when the subscription was created.
   *
   * @throws SenderClosedError after `close`.
   * @throws OriginBusyError when `connectionsPerOrigin` posts to the origin are running.
   */
  async post(request: WebhookRequest): Promise<DeliveryOutcome> {
    if (this.#closed) throw new SenderClosedError();
    const startedAt = performance.now();
    const elapsed = (): number => Math.round(performance.now() - startedAt);
    const endpoint = this.#judged(request.endPoint);
    if (!endpoint.ok) return unsendable(endpoint.code, endpoint.reason, elapsed());
    const [fault] = customHeaderFaults(request.headers);
    if (fault !== undefined) {
      const reason = `The custom header "${fault.header}" cannot be sent: ${fault.reason}`;
      return unsendable('configuration', reason, elapsed());
    }
    const attempt = this.#attempt(endpoint.url, request);
    const deadlineAt = startedAt + this.#timeoutMs;
    this.#running += 1;
    try {
      return outcomeOf(await this.#send(attempt, deadlineAt), elapsed());
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#whenIdle?.();
    }
  }

  /** Lets running posts come to their end, at most `timeoutMs`, and closes every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    this.#pool.clear();
  }

  /** The verdict depends on nothing but the text and the rules of this sender, so it is kept. */
  #judged(endPoint: string): EndpointVerdict {
    const known = this.#verdicts.get(endPoint);
    if (known !== undefined) return known;
    const verdict = judgeEndpoint(endPoint, this.#rules);
    if (this.#verdicts.size >= MAX_VERDICTS) this.#verdicts.clear();
    this.#verdicts.set(endPoint, verdict);
    return verdict;
  }

  #attempt(
    url: URL,
    { headers, marks = {}, body, secret, standard, identity, keepsAnswer = false }: WebhookRequest,
  ): Attempt {
    const signature = signPayload(body, secret);
    const parts = { signature, userAgent: this.#userAgent, marks, custom: headers };
    const standardSignature = standard ? standardHeaders(body, standard, Date.now()) : {};
    const options = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      headers: requestHeaders({ ...parts, standard: standardSignature }),
      body,
    } as const;
    return { route: this.#routes.to(url.origin, identity), options, keepsAnswer };
  }

  /**
   * A kept-alive connection that the receiver had just closed is nobody's failure: the request is
   * sent once more on a fresh connection, within the same deadline. Only when no byte of an answer
   * came; should the receiver have seen the first request after all, it sees the same `messageId`.
   */
  async #send(attempt: Attempt, deadlineAt: number): Promise<ExchangeResult> {
    const first = await this.#exchange(attempt, deadlineAt, false);
    const result = first.wasStale ? await this.#exchange(attempt, deadlineAt, true) : first;
    await this.#clearProxy(result);
    return result;
  }

  /** A tunnel ends with its proxy, and the receiver at its end has nothing to do with that. */
  async #clearProxy({ cause }: ExchangeResult): Promise<void> {
    if (this.#proxy === undefined || cause?.code !== 'connection_reset') return;
    if (!(await this.#proxy.isThere())) throw new EgressProxyError('went away');
  }

  async #exchange(attempt: Attempt, deadlineAt: number, fresh: boolean): Promise<ExchangeResult> {
    const connection = this.#pool.acquire(attempt.route, { fresh });
    let complete = false;
    try {
      const limits = { ...this.#limits, deadlineAt, keepsAnswer: attempt.keepsAnswer };
      const result = await exchange(connection, attempt.options, limits);
      complete = result.cause === null;
      return result;
    } finally {
      if (complete) this.#pool.release(connection);
      else this.#pool.discard(connection);
    }
  }
}

function proxyOf(
  { proxy, trustedCertificates = [] }: WebhookSenderOptions,
  connectTimeoutMs: number,
): EgressProxy | undefined {
  const timeoutMs = connectTimeoutMs * TUNNEL_SHARE;
  return proxy && new EgressProxy({ ...proxy, timeoutMs, trustedCertificates });
}
