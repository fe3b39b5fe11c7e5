import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signingKey, signPayload } from '@app/delivery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument } from './documentation/document.js';
import { DocumentedVerification, languages } from './documentation/verification-runtimes.js';

const SECRET = 'q3cBz0M9yK5rT8vN1xL4wE7uJ2hG6sD0';
const BODY = Buffer.from('{"header":{"type":"order/created"},"body":{"total":10.00,"n":1}}');
const UNICODE = Buffer.from('{"header":{},"body":{"name":"Zoë Żółć 東京 😀"}}');
const NO_UTF8 = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x80, 0x0d, 0x0a, 0x7d]);

const sign = (body: Buffer, secret = SECRET): string => signPayload(body, signingKey(secret));
const changed = (body: Buffer): Buffer => {
  const copy = Buffer.from(body);
  copy.writeUInt8(copy.readUInt8(copy.length - 3) ^ 1, copy.length - 3);
  return copy;
};

interface Case {
  readonly what: string;
  readonly body: Buffer;
  readonly signature: string | undefined;
  readonly genuine: boolean;
}

const refused = (what: string, signature: string | undefined, body: Buffer = BODY): Case => ({
  what,
  body,
  signature,
  genuine: false,
});

const accepted = (what: string, body: Buffer): Case => ({
  what,
  body,
  signature: sign(body),
  genuine: true,
});

const CASES: readonly Case[] = [
  accepted('the right signature', BODY),
  accepted('text beyond ASCII', UNICODE),
  accepted('bytes that are no UTF-8', NO_UTF8),
  accepted('an empty body', Buffer.alloc(0)),
  refused('a changed byte', sign(BODY), changed(BODY)),
  refused('a changed byte that is no UTF-8', sign(NO_UTF8), changed(NO_UTF8)),
  refused('another secret', sign(BODY, `${SECRET}x`)),
  refused('no signature', undefined),
  refused('an empty signature', ''),
  refused('garbage', 'not a signature'),
  refused('garbage beyond ASCII', 'é'.repeat(44)),
  refused('half of the signature', sign(BODY).slice(0, 22)),
  refused('more than the signature', `${sign(BODY)}==`),
  refused('another signature of the same length', sign(changed(BODY))),
  refused('hexadecimal digits', Buffer.from(sign(BODY), 'base64').toString('hex')),
];

const document = new ApiDocument('API.md');
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'documented-verification-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('is documented for five languages', () => {
  const documented = document.blocks.filter(({ name }) => name === 'verify');
  expect(documented.map(({ language }) => language)).toEqual(['js', 'python', 'php', 'java', 'go']);
  expect(languages).toContain('js');
});

describe.each(languages)('the documented verification in %s', (language) => {
  let verification: DocumentedVerification;

  beforeAll(async () => {
    verification = await DocumentedVerification.build(document, language, directory);
  });

  it.each(CASES)('$what: $genuine', async ({ body, signature, genuine }) => {
    expect(await verification.judge({ body, secret: SECRET, signature })).toBe(String(genuine));
  });
});
