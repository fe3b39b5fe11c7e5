import { Deployment, type ApiAnswer, type ApiClient, type SeededIntegration } from '@app/testing';
import { PlatformIssuer } from './platform-issuer.js';

/** What an answer says of a refusal. */
export interface Refusal {
  readonly status: number;
  readonly code: unknown;
  readonly message: unknown;
}

interface Parts {
  readonly deployment: Deployment;
  /** Set up as in production. */
  readonly api: ApiClient;
  /** Lets through one request a minute of a token, and cannot have the platform's keys. */
  readonly poor: ApiClient;
  /** Accepts tokens of the platform. */
  readonly federated: ApiClient;
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
    const [api, poor, federated] = await Promise.all([
      deployment.startApi(production),
      deployment.startApi({
        API_RATE_LIMIT_PER_MINUTE: '1',
        TOKEN_JWKS_URL: 'https://127.0.0.1:1/keys',
      }),
      deployment.startApi(issuer.environment),
    ]);
    return new ErrorScene({ deployment, api, poor, federated, issuer });
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
    const { deployment, issuer } = this.parts;
    await deployment.dispose();
    await issuer.close();
  }
}

export function refusalOf({ status, errors }: Pick<ApiAnswer, 'status' | 'errors'>): Refusal {
  const [error] = errors;
  return { status, code: error?.extensions['code'], message: error?.message };
}
