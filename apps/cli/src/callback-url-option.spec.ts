import { describe, expect, it } from 'vitest';
import { callbackUrl } from './callback-url-option.js';

describe('callbackUrl', () => {
  it.each(['https://app.example/back?v=1', 'http://localhost:3000', 'HTTPS://app.example/'])(
    'keeps %s as it was given',
    (text) => {
      expect(callbackUrl(text)).toBe(text);
    },
  );

  it.each([
    '',
    'app.example/back',
    '/back',
    'https://',
    'https:app.example',
    'javascript://app.example/',
    'https://app.example/#',
    'https://app.example/a b',
    'https://app.example/\u0007',
    'https://user@app.example/',
    'https://:word@app.example/',
    `https://app.example/${'a'.repeat(2048)}`,
  ])('refuses %j', (text) => {
    expect(() => callbackUrl(text)).toThrow('not an https or http URL');
  });
});
