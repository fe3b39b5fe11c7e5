import {
  Deployment,
  TcpProxy,
  type ApiAnswer,
  type ApiClient,
  type SeededIntegration,
} from '@app/testing';
import { PlatformIssuer } from './platform-issuer.js';

/** What an answer says of a refusal. */
export interface Refusal {
  readonly status: number;
  readonly code: unknown;
  readonly message: unknown;
  /** Whether it repeats the id of the request; the token endpoint does not. */
  readonly isNamed?: boolean;
}

interface Parts {
  readonly deployment: Deployment;
  /** Set up as in production. */
  readonly api: ApiClient;
  /** Lets through one request a minute of a token, and cannot have the platform's keys. */
  readonly poor: ApiClient;
  /** Accepts tokens of the platform. */
  readonly federated: ApiClient;
  /** Has lost its database. */
  readonly cutOff: ApiClient;
  readonly proxy: TcpProxy;
  readonly issuer: PlatformIssuer;
}

/** The service, set up so that every reason to refuse a request can be provoked. */
export class ErrorScene {
  private constructor(readonly parts: Parts) {}

  static async create(): Promise<ErrorScene> {
    const issuer = await PlatformIssuer.start();
    const deployment = await Deployment.create();
    const production = {
      DELIVERY_ALLOW_HTTP: undefined,
      DELIVERY_ALLOWED_NETWORKS: undefined,
      NODE_ENV: 'production',
    };
    const { url } = deployment.database;
    const proxy = await TcpProxy.start(url);
    const [api, poor, federated, cutOff] = await Promise.all([
      deployment.startApi(production),
      deployment.startApi({
        API_RATE_LIMIT_PER_MINUTE: '1',
        TOKEN_JWKS_URL: 'https://127.0.0.1:1/keys',
      }),
      deployment.startApi(issuer.environment),
      deployment.startApi({ DATABASE_URL: proxy.through(url) }),
    ]);
    proxy.goDown();
    return new ErrorScene({ deployment, api, poor, federated, cutOff, proxy, issuer });
  }

  integration(scopes?: readonly string[]): Promise<SeededIntegration> {
    return this.parts.deployment.integration(scopes && { scopes });
  }

  /**
   * What is answered while a table is missing: a fault of the service, as an outage or a mistake would
   * be, and none of the caller's.
   */
  async without<T>(table: string, act: () => Promise<T>): Promise<T> {
    const { database } = this.parts.deployment;
    await database.query(`ALTER TABLE ${table} RENAME TO ${table}_away`);
    try {
      return await act();
    } finally {
      await database.query(`ALTER TABLE ${table}_away RENAME TO ${table}`);
    }
  }

  async dispose(): Promise<void> {
    const { deployment, issuer, proxy } = this.parts;
    await deployment.dispose();
    await proxy.close();
    await issuer.close();
  }
}

export function refusalOf({
  status,
  headers,
  errors: [error],
}: Pick<ApiAnswer, 'status' | 'headers' | 'errors'>): Refusal {
  const { code, requestId } = error?.extensions ?? {};
  const isNamed = typeof requestId === 'string' && requestId === headers.get('x-request-id');
  return { status, code, message: error?.message, isNamed };
}
