import { describe, expect, it } from 'vitest';
import { standaloneSettings } from './standalone-settings.js';

describe('the variables of receiver and publisher by themselves', () => {
  it('finds the receiver on this machine when nothing is set', () => {
    expect(standaloneSettings({ DEMO_RECEIVER_PORT: '4000' })).toEqual({
      receiverPort: 4000,
      clientSecret: undefined,
      receiverUrl: 'http://127.0.0.1:4000',
      intervalMs: 10_000,
    });
  });

  it('takes what is set, the URL without its last slash', () => {
    const { receiverUrl, clientSecret } = standaloneSettings({
      DEMO_RECEIVER_URL: 'http://receiver:3999/',
      DEMO_CLIENT_SECRET: 'secret',
    });
    expect([receiverUrl, clientSecret]).toEqual(['http://receiver:3999', 'secret']);
  });

  it.each([
    ['DEMO_RECEIVER_PORT', '70000'],
    ['DEMO_RECEIVER_PORT', 'a'],
    ['DEMO_RECEIVER_URL', 'receiver'],
    ['DEMO_INTERVAL_MS', '-1'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => standaloneSettings({ [name]: value })).toThrow(name);
  });
});
