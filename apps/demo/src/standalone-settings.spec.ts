import { describe, expect, it } from 'vitest';
import { standaloneSettings } from './standalone-settings.js';

describe('the variables of receiver and publisher by themselves', () => {
  it('finds the receiver on this machine when nothing is set', () => {
    expect(standaloneSettings({ DEMO_RECEIVER_PORT: '4000' })).toEqual({
      receiverPort: 4000,
      clientSecret: undefined,
      receiverUrl: 'http://127.0.0.1:4000',
      apiUrl: 'http://127.0.0.1:3000',
      intervalMs: 10_000,
    });
  });

  it('takes what is set, the URL without its last slash', () => {
    const { receiverUrl, apiUrl, clientSecret } = standaloneSettings({
      DEMO_RECEIVER_URL: 'http://receiver:3999/',
      DEMO_API_URL: 'http://subscriptions-api:3000/',
      DEMO_CLIENT_SECRET: 'secret',
    });
    expect(receiverUrl).toBe('http://receiver:3999');
    expect(apiUrl).toBe('http://subscriptions-api:3000');
    expect(clientSecret).toBe('secret');
  });

  it.each([
    ['DEMO_RECEIVER_PORT', '70000'],
    ['DEMO_RECEIVER_PORT', 'a'],
    ['DEMO_RECEIVER_URL', 'receiver'],
    ['DEMO_API_URL', 'api'],
    ['DEMO_INTERVAL_MS', '-1'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => standaloneSettings({ [name]: value })).toThrow(name);
  });
});
