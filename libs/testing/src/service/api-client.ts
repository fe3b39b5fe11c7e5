import { recordPrinted, recordSecrets } from './printed-record.js';

/** An answer of the subscriptions API. */
export interface ApiAnswer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  /** Byte for byte. */
  readonly text: string;
  /** Null where the operation failed as a whole. */
  readonly data: Data | null;
  readonly errors: readonly ApiAnswerError[];
}

export interface ApiAnswerError {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The answer of the token endpoint, be it tokens or an error. */
export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CreatedWebhook {
  readonly id: string;
  readonly type: string | null;
  readonly health: string;
  readonly endPoint: string;
}

/** Talks to the subscriptions API over HTTP, as an integration developer does. */
export class ApiClient {
  constructor(readonly url: string) {}

  /** A request as it is, to `/graphql` where nothing else is said. */
  async post(
    body: string,
    headers: Readonly<Record<string, string>> = {},
    path = '/graphql',
  ): Promise<ApiAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    const text = await answer.text();
    recordSecrets(headers['Authorization']?.replace(/^Bearer /i, '') ?? '');
    recordPrinted(text);
    const { data = null, errors = [] } = parsed(text);
    return { status: answer.status, headers: answer.headers, text, data, errors };
  }

  query(
    token: string,
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<ApiAnswer> {
    const authorization = { Authorization: `Bearer ${token}` };
    return this.post(JSON.stringify({ query, variables }), authorization);
  }

  /** An operation of the operator API. */
  operate(
    token: string,
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<ApiAnswer> {
    const authorization = { Authorization: `Bearer ${token}` };
    return this.post(JSON.stringify({ query, variables }), authorization, '/operator/graphql');
  }

  /** Creates a webhook with an integration token. @throws Error with the answer where it is refused. */
  create(token: string, input: Readonly<Record<string, unknown>>): Promise<CreatedWebhook> {
    return this.mutate(token, 'integrationWebhookCreate', input);
  }

  /** Creates a webhook with an access token. @throws Error with the answer where it is refused. */
  createByClient(token: string, input: Readonly<Record<string, unknown>>): Promise<CreatedWebhook> {
    return this.mutate(token, 'oauthWebhookCreate', input);
  }

  /** Removes a webhook with an integration token. @throws Error with the answer where it is refused. */
  async remove(token: string, id: string): Promise<void> {
    const mutation = 'mutation($id: String!) { integrationWebhookRemove(id: $id) { id } }';
    const { errors, text } = await this.query(token, mutation, { id });
    if (errors.length > 0) throw new Error(text);
  }

  async token(
    form: Readonly<Record<string, string>>,
    { path = '/token', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
  ): Promise<TokenAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    });
    const body = (await answer.json()) as Record<string, unknown>;
    recordSecrets(...Object.values({ ...form, ...body }).filter(isSecret));
    return { status: answer.status, headers: answer.headers, body };
  }

  /** An access token of the client in the organization. @throws Error with the answer where it is refused. */
  async accessToken(client: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly organizationId: string;
  }): Promise<string> {
    const { body } = await this.token({
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: client.clientSecret,
      organization_id: client.organizationId,
    });
    if (typeof body['access_token'] !== 'string') throw new Error(JSON.stringify(body));
    return body['access_token'];
  }

  private async mutate(
    token: string,
    name: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<CreatedWebhook> {
    const mutation = `mutation($input: IntegrationWebhookInput!) {
      ${name}(input: $input) { id type health endPoint }
    }`;
    const { data, text } = await this.query(token, mutation, { input });
    const created = data?.[name] as CreatedWebhook | undefined;
    if (!created) throw new Error(text);
    return created;
  }
}

/** What is no GraphQL answer has neither data nor errors. */
function parsed(text: string): Partial<Pick<ApiAnswer, 'data' | 'errors'>> {
  try {
    return JSON.parse(text) as Partial<Pick<ApiAnswer, 'data' | 'errors'>>;
  } catch {
    return {};
  }
}

/** Of a request for tokens and its answer; the rest is ids, scopes and kinds. */
const isSecret = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w-]{40,}|^eyJ/.test(value);
