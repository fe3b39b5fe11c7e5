import { describe, expect, it } from 'vitest';
import { AddressGuard } from './address.guard.js';
import { hostOf, judgeEndpoint, originOf, type EndpointRules } from './endpoint.js';

function rules(allowHttp = false, ...allowedNetworks: string[]): EndpointRules {
  return { allowHttp, allowedPorts: [], guard: new AddressGuard({ allowedNetworks }) };
}

function codeOf(endPoint: string, under = rules()): string {
  const verdict = judgeEndpoint(endPoint, under);
  return verdict.ok ? 'ok' : verdict.code;
}

describe('judgeEndpoint', () => {
  it.each([
    'https://hooks.example.com/path?x=1',
    'https://example.com:443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://bücher.example/é',
    'HTTPS://EXAMPLE.COM',
  ])('accepts %s', (endPoint) => {
    expect(judgeEndpoint(endPoint, rules())).toEqual({ ok: true, url: new URL(endPoint) });
  });

  it.each([
    ['', 'is not a URL'],
    ['example.com', 'is not a URL'],
    ['https://', 'is not a URL'],
    ['https://exa mple.com/', 'white space'],
    [' https://example.com/', 'white space'],
    ['https://example.com/\n', 'white space'],
    ['https://example.com/a\tb', 'white space'],
    ['https://example.com/\ud800', 'white space'],
    ['ftp://example.com/', 'not an https URL'],
    ['javascript:alert(1)', 'not an https URL'],
    ['file:///etc/passwd', 'not an https URL'],
    ['http://example.com/', 'only https is allowed'],
    ['https://user@example.com/', 'credentials'],
    ['https://user:pass@example.com/', 'credentials'],
    ['https://:pass@example.com/', 'credentials'],
    ['https://example.com/#part', 'fragment'],
    ['https://example.com/#', 'fragment'],
    ['https://example.com:0/', 'port 0'],
    ['https://example.com:8443/', 'port 8443, which may not be called'],
    ['https://example.com:80/', 'port 80, which may not be called'],
    ['https://8.8.8.8:22/', 'port 22, which may not be called'],
    ['https://example.com:65536/', 'is not a URL'],
    [`https://example.com/${'a'.repeat(2048)}`, '2048 characters'],
    [`https://${'a.'.repeat(130)}example.com/`, 'host name that is too long'],
  ])('refuses %j as configuration', (endPoint, reason) => {
    const verdict = judgeEndpoint(endPoint, rules());

    expect(verdict).toMatchObject({ ok: false, code: 'configuration' });
    expect(verdict).toHaveProperty('reason', expect.stringContaining(reason));
  });

  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://0/',
    'https://１２７.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[::10.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fd00:ec2::254]/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://foo.localhost/',
    'https://intranet/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://metadata.google.internal./',
  ])('refuses %s, which is not public', (endPoint) => {
    expect(codeOf(endPoint)).toBe('address_refused');
  });

  it('names the address that it refuses in its plain form', () => {
    expect(judgeEndpoint('https://0x7f.1/', rules())).toHaveProperty(
      'reason',
      'The endpoint has the address 127.0.0.1, which is not a public address',
    );
  });

  it('accepts http when it is told to', () => {
    expect(codeOf('http://example.com/', rules(true))).toBe('ok');
  });

  it('accepts the port of http with http, and ports that are allowed', () => {
    const under = { ...rules(true), allowedPorts: [8443] };

    expect(codeOf('http://example.com:80/', under)).toBe('ok');
    expect(codeOf('http://example.com:443/', under)).toBe('configuration');
    expect(codeOf('https://example.com:8443/', under)).toBe('ok');
    expect(codeOf('https://8.8.8.8:8443/', under)).toBe('ok');
    expect(codeOf('https://example.com:8444/', under)).toBe('configuration');
  });

  it('accepts every port on allowed networks, and only its own at public addresses', () => {
    const under = rules(true, '127.0.0.0/8');

    expect(codeOf('http://127.0.0.1:22/', under)).toBe('ok');
    expect(codeOf('https://8.8.8.8:8443/', under)).toBe('configuration');
  });

  it('accepts the port of a scheme with the other one no more than any port', () => {
    expect(codeOf('https://example.com:443/', rules(true))).toBe('ok');
    expect(codeOf('https://example.com:80/', rules(true))).toBe('configuration');
    expect(codeOf('https://[2606:4700::1111]:8443/', rules(true))).toBe('configuration');
    expect(codeOf('https://[2606:4700::1111]:443/', rules(true))).toBe('ok');
  });

  it('names the port that it refuses, before it says anything of the address', () => {
    expect(judgeEndpoint('https://example.com:22/', rules())).toEqual({
      ok: false,
      code: 'configuration',
      reason: 'The endpoint has port 22, which may not be called',
    });
    const under = { ...rules(), allowedPorts: [22] };
    expect(judgeEndpoint('https://10.0.0.1:22/', under)).toHaveProperty('code', 'address_refused');
    expect(
      judgeEndpoint('https://example.com:0/', { ...rules(), allowedPorts: [0] }),
    ).toHaveProperty('reason', 'The endpoint has port 0');
  });

  it('accepts addresses of allowed networks and no others', () => {
    const under = rules(true, '127.0.0.0/8');

    expect(codeOf('http://127.0.0.1:9000/x', under)).toBe('ok');
    expect(codeOf('http://[::ffff:127.0.0.1]:9000/x', under)).toBe('ok');
    expect(codeOf('http://10.0.0.1/', under)).toBe('address_refused');
    expect(codeOf('http://[::1]/', under)).toBe('address_refused');
  });

  it('leaves internal names to the check at connect when networks are allowed', () => {
    const under = rules(true, '10.0.0.0/8');

    for (const host of ['localhost:9000', 'receiver', 'a.internal', 'b.local']) {
      expect(codeOf(`http://${host}/`, under)).toBe('ok');
    }
  });
});

describe('originOf', () => {
  it('is the same for every spelling of an origin', () => {
    const spellings = [
      'https://Example.com/a',
      'https://example.com:443/b?c',
      'https://EXAMPLE.COM',
    ];

    expect(new Set(spellings.map(originOf))).toEqual(new Set(['https://example.com']));
  });

  it('is null for what is no URL, instead of an exception', () => {
    expect(originOf('no url')).toBe('null');
  });
});

describe('hostOf', () => {
  it('drops the brackets of an IPv6 literal and the dot of the root', () => {
    expect(hostOf(new URL('https://[::1]:1/'))).toBe('::1');
    expect(hostOf(new URL('https://example.com./'))).toBe('example.com');
  });
});
