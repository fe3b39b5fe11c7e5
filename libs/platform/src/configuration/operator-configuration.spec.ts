import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './configuration.errors.js';
import { loadConfiguration } from './load-configuration.js';

const TOKEN = `hcop_${'t'.repeat(43)}`;
const load = (env: NodeJS.ProcessEnv) => loadConfiguration(env, { for: 'operator' });

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    load(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

describe('the configuration of a command line over the API', () => {
  it('is none where nothing is given, and needs nothing else', () => {
    expect(load({})).toEqual({ operatorApi: undefined, warnings: [] });
    expect(load({ DATABASE_URL: 'nonsense' }).operatorApi).toBeUndefined();
  });

  it('is a URL and a token', () => {
    const env = { OPERATOR_API_URL: 'https://webhooks.example/api', OPERATOR_TOKEN: TOKEN };
    expect(load(env).operatorApi).toEqual({ url: env.OPERATOR_API_URL, token: TOKEN });
  });

  it('is refused where one of the two is missing', () => {
    expect(messageOf({ OPERATOR_TOKEN: TOKEN })).toContain(
      'OPERATOR_API_URL is missing; expected a value, as OPERATOR_TOKEN is set',
    );
    expect(messageOf({ OPERATOR_API_URL: 'https://webhooks.example' })).toContain(
      'OPERATOR_TOKEN is missing; expected a value, as OPERATOR_API_URL is set',
    );
  });

  it('sends a token over https alone, and never shows it', () => {
    const url = messageOf({
      OPERATOR_API_URL: 'http://webhooks.example',
      OPERATOR_TOKEN: TOKEN,
    });
    expect(url).toContain('OPERATOR_API_URL is "http://webhooks.example"; expected an https URL');
    const short = messageOf({ OPERATOR_API_URL: 'https://a.example', OPERATOR_TOKEN: 'hcop_abc' });
    expect(short).toContain('OPERATOR_TOKEN is "*** (8 characters)"');
    expect(`${url}${short}`).not.toMatch(/hcop_(t|abc)/);
  });
});
