import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeliveryOrder } from './delivery-order.js';
import { readEndpoint, type Endpoint } from './endpoint.js';
import { readEnvelope, type ReceivedEnvelope } from './received-envelope.js';
import { isSignedBy } from './signature-check.js';

/** A request as the receiver judged it. */
export interface Receipt {
  readonly endpoint: Endpoint;
  /** The answer: 200 taken, 503 failing on purpose, 422 refused on purpose, 401 wrong signature, 400 no envelope. */
  readonly status: number;
  readonly envelope: ReceivedEnvelope | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly receivedAt: Date;
  /** Broken promises, one sentence each. */
  readonly findings: readonly string[];
}

export interface ReceiverOptions {
  readonly onReceipt?: (receipt: Receipt) => void;
  /** Where given, `PUT /endpoint` opens endpoints, and this is told of them. */
  readonly onEndpoint?: (endpoint: Endpoint) => void;
  /** False where it runs for days: then only `onReceipt` sees them. */
  readonly keepsReceipts?: boolean;
  /** Deliberate faults; see `SPOILS`. */
  readonly takesForgeries?: boolean;
  readonly losesOrder?: boolean;
}

interface EndpointState {
  readonly endpoint: Endpoint;
  readonly order: DeliveryOrder;
  failing: boolean;
  /** Seconds, told with every 503. */
  retryAfter: number | undefined;
  /** What it cannot take, however often it comes; `next` until there is one. */
  refused: ReceivedEnvelope | 'next' | undefined;
  inFlight: number;
}

/**
 * A receiver as an integration developer would write one: checks the signature over the bytes as
 * they came, reads the envelope, answers 2xx only for what it took. Besides it watches whether the
 * service keeps its promises.
 */
export class DemoReceiver {
  readonly receipts: Receipt[] = [];
  private readonly server: Server;
  private readonly endpoints = new Map<string, EndpointState>();
  private readonly heldBack: (() => void)[] = [];

  constructor(private readonly options: ReceiverOptions = {}) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  /** @returns the port; 0 takes a free one. Without a host it can be reached from everywhere. */
  async listen(port: number, host?: string): Promise<number> {
    this.server.listen(port, host);
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Requests to other paths get 404. */
  open(endpoint: Endpoint): void {
    const known = this.endpoints.get(endpoint.path);
    const same = known?.endpoint.clientSecret === endpoint.clientSecret;
    const order = same ? known.order : new DeliveryOrder();
    const calm = { failing: false, retryAfter: undefined, refused: undefined, inFlight: 0 };
    this.endpoints.set(endpoint.path, { endpoint, order, ...calm });
  }

  /** While failing, correctly signed requests get 503, with `Retry-After` where that is given (seconds). */
  setFailing(path: string, failing: boolean, retryAfter?: number): void {
    const state = this.endpoints.get(path);
    if (state) Object.assign(state, { failing, retryAfter });
  }

  /** The next message gets 422 from now on, and no other. */
  refuseNext(path: string): void {
    const state = this.endpoints.get(path);
    if (state) state.refused = 'next';
  }

  /** An operator is about to take the refused message out of its order. */
  excuseRefused(path: string): void {
    const state = this.endpoints.get(path);
    if (state && typeof state.refused === 'object') state.order.excuse(state.refused);
  }

  /** The refused message is understood from now on. */
  refuseNothing(path: string): void {
    const state = this.endpoints.get(path);
    if (state) state.refused = undefined;
  }

  /** What an endpoint took, in order. */
  taken(path: string): Receipt[] {
    return this.withStatus(path, 200);
  }

  /** What an endpoint turned down while it failed, in order. */
  turnedDown(path: string): Receipt[] {
    return this.withStatus(path, 503);
  }

  /** What an endpoint refused for good, in order. */
  refused(path: string): Receipt[] {
    return this.withStatus(path, 422);
  }

  /** The first broken promise at an endpoint of the service's own; forgeries are expected elsewhere. */
  firstFinding(): string | undefined {
    const found = this.receipts.find(
      ({ endpoint, findings }) => endpoint.organizationId !== undefined && findings.length > 0,
    );
    return found && `${found.endpoint.name}: ${found.findings.join('; ')}`;
  }

  /** Closes at once, open connections included. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private withStatus(path: string, status: number): Receipt[] {
    return this.receipts.filter((one) => one.endpoint.path === path && one.status === status);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request;
    if (method === 'PUT' && url === '/endpoint' && this.options.onEndpoint) {
      response.writeHead(this.openAsTold(await bytesOf(request)) ? 204 : 400).end();
      return;
    }
    const state = method === 'POST' ? this.endpoints.get(url) : undefined;
    if (!state) {
      response.writeHead(404).end();
      return;
    }
    state.inFlight++;
    const overlapping = state.inFlight > 1;
    try {
      const receipt = await this.judge(state, request, await bytesOf(request), overlapping);
      this.keep(receipt);
      const { retryAfter } = state;
      const told = receipt.status === 503 && retryAfter !== undefined;
      response.writeHead(receipt.status, told ? { 'Retry-After': retryAfter } : {}).end();
    } finally {
      state.inFlight--;
    }
  }

  /** An endpoint that is open already is told again by a publisher that cannot know. */
  private openAsTold(bytes: Buffer): boolean {
    const endpoint = readEndpoint(bytes);
    if (!endpoint) return false;
    const known = this.endpoints.get(endpoint.path)?.endpoint;
    this.open(endpoint);
    if (known?.clientSecret !== endpoint.clientSecret) this.options.onEndpoint?.(endpoint);
    return true;
  }

  private async judge(
    state: EndpointState,
    { headers }: IncomingMessage,
    bytes: Buffer,
    overlapping: boolean,
  ): Promise<Receipt> {
    const { endpoint } = state;
    const base = { endpoint, headers, bytes, receivedAt: new Date() };
    const signature = headers['x-happycolis-webhook-signature'];
    const genuine =
      this.options.takesForgeries === true ||
      (await isSignedBy(endpoint.clientSecret, bytes, one(signature)));
    if (!genuine) {
      return { ...base, status: 401, envelope: undefined, findings: ['the signature is wrong'] };
    }
    const envelope = readEnvelope(bytes);
    if (!envelope) return { ...base, status: 400, envelope, findings: ['this is no envelope'] };
    const findings = overlapping ? ['two requests of one queue ran at the same time'] : [];
    if (state.failing) return { ...base, status: 503, envelope, findings };
    if (state.refused === 'next') state.refused = envelope;
    if (typeof state.refused === 'object' && state.refused.messageId === envelope.messageId) {
      return { ...base, status: 422, envelope, findings };
    }
    if (endpoint.organizationId && envelope.organizationId !== endpoint.organizationId) {
      findings.push(`an event of organization ${envelope.organizationId} came to ${endpoint.name}`);
    }
    // A repetition is answered with 2xx as well: the sender must learn that it was taken.
    findings.push(...this.takeInOrder(state.order, envelope));
    return { ...base, status: 200, envelope, findings };
  }

  /** Where it is to lose the order, every second delivery of a type is taken after the third one. */
  private takeInOrder(order: DeliveryOrder, envelope: ReceivedEnvelope): string[] {
    if (this.options.losesOrder && envelope.number?.number === 2) {
      this.heldBack.push(() => order.take(envelope));
      return [];
    }
    const findings = order.take(envelope);
    for (const take of this.heldBack.splice(0)) take();
    return findings;
  }

  private keep(receipt: Receipt): void {
    if (this.options.keepsReceipts !== false) this.receipts.push(receipt);
    this.options.onReceipt?.(receipt);
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? undefined : header;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
