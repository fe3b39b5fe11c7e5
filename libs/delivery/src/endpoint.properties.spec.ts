import { isIP } from 'node:net';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { AddressGuard } from './address.guard.js';
import { hostOf, judgeEndpoint, originOf } from './endpoint.js';

const RULES = {
  allowHttp: false,
  allowedPorts: [],
  guard: new AddressGuard({ allowedNetworks: [] }),
};

const GOOD = [
  'https://example.com',
  'https://hooks.example.com/path?x=1&y=%0D%0A',
  'HTTPS://Example.COM:443/a/../b',
  'https://bücher.example/é',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]:443/x',
  'https://under_score.example.com./',
];

/** What parsers of URLs are known to disagree about. */
const VISIBLE =
  '@ : / // \\ # ? . .. [ ] % %00 %2f %40 - user@ user:pass@ :@ :443 :0 :22 :65536 127.0.0.1 ' +
  'localhost [::1] ß İ １ 😀 xn-- http: https: javascript: \u3002 \uff0e \uff0f \uff20';
const INVISIBLE = ['\t', '\n', '\r', ' ', '\0', '\u007f', '\u00ad', '\u200b', '\u2028', '\ud800'];
const PIECES = [...VISIBLE.split(' '), ...INVISIBLE];

const piece = fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 2 }));

/** Puts pieces at any place, or in the place of something. */
const spoiled = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.array(fc.tuple(fc.nat(), piece, fc.nat(3)), { maxLength: 3 }))
    .map(([url, changes]) =>
      changes.reduce((changed, [where, inserted, dropped]) => {
        const at = where % (changed.length + 1);
        return `${changed.slice(0, at)}${inserted}${changed.slice(at + dropped)}`;
      }, url),
    );

/** The same number as the forms that the URL parser takes for an IPv4 address. */
const spelled = fc
  .tuple(
    fc.oneof(
      fc.nat(0xffff_ffff),
      fc.constantFrom(0x7f00_0001, 0xa9fe_a9fe, 0x0a00_0001, 0xa83f_8110, 0x0808_0808),
    ),
    fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([address, bases, count]) => {
    const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
    const rest = octets.slice(count - 1).reduce((sum, octet) => sum * 256 + octet, 0);
    const write = (value: number, at: number): string => {
      const base = bases[at] ?? 10;
      return `${base === 16 ? '0x' : base === 8 ? '0' : ''}${value.toString(base)}`;
    };
    return [...octets.slice(0, count - 1), rest].map(write).join('.');
  });

const LABELS = ['a', 'com', 'example', 'internal', 'local', 'localhost', 'under_score', '-', ''];
const named = fc
  .array(fc.constantFrom(...LABELS), { minLength: 1, maxLength: 4 })
  .map((labels) => `https://${labels.join('.')}/`);

const endPoint = fc.oneof(
  named,
  fc.string({ unit: 'binary' }),
  fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ['http', 'https'] }),
  fc.webUrl({ authoritySettings: { withUserInfo: true, withPort: true, withIPv6: true } }),
  fc
    .oneof(
      spelled,
      fc.ipV4Extended(),
      fc.ipV6().map((ip) => `[${ip}]`),
    )
    .map((h) => `https://${h}/`),
  { weight: 4, arbitrary: spoiled(fc.constantFrom(...GOOD)) },
  spoiled(spelled.map((host) => `https://${host}/`)),
);

/** Written anew: the name or address between the slashes and the path, however many slashes there are. */
const authorityOf = (text: string): string =>
  /^https:\/*([^/?#]*)/i.exec(text)?.[1] ?? expect.fail(`no https URL: ${JSON.stringify(text)}`);

function expectPublic(host: string): void {
  if (isIP(host) === 0) {
    expect(host).toMatch(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/);
    expect(host).not.toMatch(/\.(localhost|local|internal)$/);
  } else expect(ipaddr.parse(host).range()).toBe('unicast');
}

describe('judgeEndpoint, of any text', () => {
  it(
    'lets through only https to port 443 of a public place, with nothing else in the text',
    async () => {
      let accepted = 0;
      await expectForAll(endPoint, (text) => {
        const verdict = judgeEndpoint(text, RULES);
        if (!verdict.ok) return;
        accepted += 1;
        const { url } = verdict;
        expect(url.href).toBe(new URL(text).href);
        expect(url).toMatchObject({ protocol: 'https:', username: '', password: '', hash: '' });
        expect(url.port).toBe('');
        expect(authorityOf(text)).not.toMatch(/[@\\]/);
        expect(text).not.toMatch(/[#\p{Cc}\p{Cs}\s]/u);
        expectPublic(hostOf(url));
      });
      expect(accepted).toBeGreaterThan(1_000);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'refuses with one printable line, and knows an origin of everything',
    async () => {
      await expectForAll(endPoint, (text) => {
        const verdict = judgeEndpoint(text, RULES);
        if (!verdict.ok) expect(verdict.reason).toMatch(/^The endpoint [\x20-\x7e]{1,400}$/);
        expect(originOf(text)).toMatch(/^[\x21-\x7e]+$/);
      });
    },
    PROPERTY_TIMEOUT_MS,
  );
});
