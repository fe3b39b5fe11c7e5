import { setTimeout as pause } from 'node:timers/promises';
import { ApiRefusedError, WaitExpiredError } from './demo.errors.js';

/** An answer takes milliseconds; this leaves room for a machine with other things to do. */
const ANSWER_LIMIT_MS = 15_000;
const READY_LIMIT_MS = 60_000;
const RETRY_PAUSE_MS = 500;

/** As much is shown of an answer that is not the API's. */
const WIDTH = 200;

/** Who calls: an integration by its own token, or an OAuth client by an access token. */
export interface Caller {
  /** For people. */
  readonly name: string;
  readonly kind: 'integration' | 'client';
  readonly token: string;
}

/** A webhook as the API shows it. */
export interface ApiWebhook {
  readonly id: string;
  /** Null receives every type. */
  readonly type: string | null;
  readonly health: string;
  readonly endPoint: string;
}

export interface NewWebhook {
  /** Every type where it is left out. */
  readonly type?: string;
  readonly endPoint: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SubscriptionsApiOptions {
  /** Without the path. */
  readonly url: string;
  readonly signal: AbortSignal;
  /** Called with each call as one line: who asks for what, and what the answer was. */
  readonly onCall: (line: string) => void;
}

interface GraphqlAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

const WEBHOOK = '{ id type health endPoint }';
const CREATE = { integration: 'integrationWebhookCreate', client: 'oauthWebhookCreate' } as const;
const REMOVE = { integration: 'integrationWebhookRemove', client: 'oauthWebhookRemove' } as const;

/** The subscriptions API, called over HTTP as an integration developer does. */
export class SubscriptionsApi {
  constructor(private readonly options: SubscriptionsApiOptions) {}

  /** Resolves once it answers requests. @throws WaitExpiredError. */
  async ready(): Promise<void> {
    const { url, signal } = this.options;
    const deadline = Date.now() + READY_LIMIT_MS;
    for (;;) {
      const seen = await this.fetch('/health/ready', {}).then(
        ({ status }) => `it answered ${status}`,
        (error: unknown) => reasonOf(error),
      );
      signal.throwIfAborted();
      if (seen === 'it answered 200') return;
      if (Date.now() > deadline) {
        throw new WaitExpiredError(`the subscriptions API at ${url}`, READY_LIMIT_MS, seen);
      }
      await pause(RETRY_PAUSE_MS, undefined, { signal });
    }
  }

  /** An access token of the application's OAuth client in the organization. @throws ApiRefusedError. */
  async accessToken(
    name: string,
    client: {
      readonly clientId: string;
      readonly clientSecret: string;
      readonly organizationId: string;
    },
  ): Promise<string> {
    const body = await this.ask('/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.clientId,
        client_secret: client.clientSecret,
        organization_id: client.organizationId,
      }),
    });
    const token = body['access_token'];
    if (typeof token !== 'string') {
      throw new ApiRefusedError('client_credentials', body['error'], JSON.stringify(body));
    }
    this.show(name, 'POST /oauth2/token, client_credentials', 'an access token');
    return token;
  }

  /** The integration that a token stands for: the one whose queue gets its events. @throws ApiRefusedError. */
  async integrationOf({ name, token }: Caller): Promise<string> {
    const answer = await this.fetch('/oauth2/me', {
      headers: { authorization: `Bearer ${token}` },
    });
    const body = (await answer.json()) as Record<string, unknown>;
    const id = body['integration_id'];
    if (typeof id !== 'string') throw new ApiRefusedError('/oauth2/me', '', JSON.stringify(body));
    this.show(name, 'GET /oauth2/me', `${String(body['kind'])} ${id}`);
    return id;
  }

  /** @throws ApiRefusedError. */
  create(caller: Caller, input: NewWebhook): Promise<ApiWebhook> {
    const name = CREATE[caller.kind];
    const query = `mutation($input: IntegrationWebhookInput!) { ${name}(input: $input) ${WEBHOOK} }`;
    const what = `${name} ${input.type ?? 'every type'} → ${input.endPoint}`;
    return this.graphql(caller, { query, variables: { input }, field: name, what });
  }

  /** @throws ApiRefusedError. */
  remove(caller: Caller, { id }: Pick<ApiWebhook, 'id'>): Promise<ApiWebhook> {
    const name = REMOVE[caller.kind];
    const query = `mutation($id: String!) { ${name}(id: $id) ${WEBHOOK} }`;
    return this.graphql(caller, { query, variables: { id }, field: name, what: `${name} ${id}` });
  }

  /** The caller's own. @throws ApiRefusedError. */
  webhooks(caller: Caller): Promise<ApiWebhook[]> {
    const query = `{ webhooks ${WEBHOOK} }`;
    return this.graphql(caller, { query, variables: {}, field: 'webhooks', what: 'webhooks' });
  }

  private async graphql<T>(caller: Caller, question: Question): Promise<T> {
    const { query, variables, field, what } = question;
    const answer = await this.ask('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${caller.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors: [error] = [] } = answer as GraphqlAnswer;
    const result = data?.[field];
    if (error) {
      const code = error.extensions?.['code'];
      this.show(caller.name, what, `${String(code)}: ${error.message}`);
      throw new ApiRefusedError(field, code, error.message, error.extensions);
    }
    if (!result) throw new ApiRefusedError(field, '', JSON.stringify(answer));
    this.show(caller.name, what, summaryOf(result));
    return result as T;
  }

  /** Whatever the status: an error of the API is JSON as well. @throws ApiRefusedError where it is none. */
  private async ask(path: string, request: RequestInit): Promise<Record<string, unknown>> {
    const answer = await this.fetch(path, request);
    const text = await answer.text();
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      throw new ApiRefusedError(path, '', `${answer.status} ${text.slice(0, WIDTH)}`);
    }
  }

  private show(name: string, call: string, answer: string): void {
    this.options.onCall(`${name.padEnd(7)} ${call} ⇒ ${answer}`);
  }

  private fetch(path: string, request: RequestInit): Promise<Response> {
    const { url, signal } = this.options;
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    return fetch(url + path, { ...request, signal: AbortSignal.any([signal, limit]) });
  }
}

interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of the data, with the answer. */
  readonly field: string;
  /** For people. */
  readonly what: string;
}

/** A failed fetch hides what happened in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** One webhook as its id and health, several as their types and health. */
function summaryOf(data: unknown): string {
  if (!Array.isArray(data)) {
    const { id, health } = data as ApiWebhook;
    return `${id} ${health}`;
  }
  const all = data as ApiWebhook[];
  return all.map(({ type, health }) => `${type ?? 'every type'} ${health}`).join(', ') || 'none';
}
