import { parsedUrl } from '@app/platform';
import type { Environment } from './process-environment.js';

/** Where the receiver listens when nobody says otherwise. */
export const DEFAULT_RECEIVER_PORT = 3999;

/** As the API's own variable API_PORT. */
const DEFAULT_API_PORT = 3000;

/**
 * The variables of the receiver and the publisher where they run by themselves, as in the compose
 * profile `demo`. The publisher besides needs what the service needs to find broker and database.
 */
export interface StandaloneSettings {
  /** DEMO_RECEIVER_PORT: where the receiver listens. */
  readonly receiverPort: number;
  /** DEMO_CLIENT_SECRET: what `/` is signed with; without it endpoints come from the publisher. */
  readonly clientSecret: string | undefined;
  /** DEMO_RECEIVER_URL: where the publisher and the service find the receiver. */
  readonly receiverUrl: string;
  /** DEMO_API_URL: where the publisher finds the subscriptions API, to register webhooks there. */
  readonly apiUrl: string;
  /** DEMO_INTERVAL_MS: pause between the publisher's rounds. */
  readonly intervalMs: number;
}

/** @throws Error that names the variable. */
export function standaloneSettings(environment: Environment): StandaloneSettings {
  const receiverPort = wholeNumber(
    environment,
    'DEMO_RECEIVER_PORT',
    DEFAULT_RECEIVER_PORT,
    65_535,
  );
  return {
    receiverPort,
    clientSecret: environment['DEMO_CLIENT_SECRET'] || undefined,
    receiverUrl: baseUrl(environment, 'DEMO_RECEIVER_URL', receiverPort),
    apiUrl: baseUrl(environment, 'DEMO_API_URL', DEFAULT_API_PORT),
    intervalMs: wholeNumber(environment, 'DEMO_INTERVAL_MS', 10_000, 3_600_000),
  };
}

function wholeNumber(
  environment: Environment,
  name: string,
  otherwise: number,
  most: number,
): number {
  const text = environment[name] || String(otherwise);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) {
    throw new Error(`${name} must be a whole number from 0 to ${most}, not '${text}'`);
  }
  return value;
}

function baseUrl(environment: Environment, name: string, port: number): string {
  const text = environment[name] || `http://127.0.0.1:${port}`;
  if (!parsedUrl(text)) throw new Error(`${name} must be a URL, not '${text}'`);
  return text.replace(/\/$/, '');
}
