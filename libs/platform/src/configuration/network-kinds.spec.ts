import { describe, expect, it } from 'vitest';
import type { Kind } from './kind.js';
import { hostList, httpsUrl, originList, portList, proxyUrl, webhookUrl } from './network-kinds.js';

const accepts = (kind: Kind<unknown>, text: string) => {
  try {
    kind.parse(text);
    return true;
  } catch {
    return false;
  }
};
const expectRefused = (kind: Kind<unknown>, texts: readonly string[]) =>
  expect(texts.filter((text) => accepts(kind, text))).toEqual([]);

describe('ports', () => {
  it('are numbers from 1 to 65535, or none', () => {
    expect(portList.parse('8443, 1,65535,8443')).toEqual([8_443, 1, 65_535]);
    expect(portList.parse('')).toEqual([]);
    expectRefused(portList, [
      '0',
      '65536',
      '-1',
      '80-90',
      '8443;1',
      '0x50',
      '1e3',
      '443 8443',
      'https',
    ]);
  });
});

describe('host names', () => {
  it('are compared in lower case, each once; an asterisk stands for the beginning alone', () => {
    expect(hostList.parse('Hooks.internal, hooks.internal.,*.SVC.example, localhost')).toEqual([
      'hooks.internal',
      '*.svc.example',
      'localhost',
    ]);
    expect(hostList.parse('')).toEqual([]);
    expectRefused(hostList, ['*', '*.', 'a.*.b', '*a.b', 'a b', 'a/8', 'a:1', 'https://a.example']);
    expectRefused(hostList, ['10.0.0.1', '[::1]', '::1', '*.10.0.0.1']);
  });
});

describe('a proxy', () => {
  it('is a URL with nothing behind its port', () => {
    expect(proxyUrl.parse('http://proxy.internal:3128')).toBe('http://proxy.internal:3128/');
    expect(proxyUrl.parse('https://u:p@10.0.0.1/')).toBe('https://u:p@10.0.0.1/');
    expectRefused(proxyUrl, ['', 'proxy:3128', 'socks5://a:1', 'http://a/path', 'http://a/?q=1']);
  });

  it('is shown without its password', () => {
    expect(proxyUrl.mask?.('ftp://u:secret@proxy:1')).toBe('ftp://u:***@proxy:1/');
  });
});

describe('origins', () => {
  it('are read as browsers write them, each once', () => {
    const text =
      'https://App.example.com, https://app.example.com:443/,http://localhost:5173,http://[::1]:80';
    expect(originList.parse(text)).toEqual([
      'https://app.example.com',
      'http://localhost:5173',
      'http://[::1]',
    ]);
    expect(originList.parse('https://bücher.example')).toEqual(['https://xn--bcher-kva.example']);
    expect(originList.parse('')).toEqual([]);
  });

  it('are nothing else: browsers send no more, and no pattern', () => {
    expectRefused(originList, ['app.example.com', 'null', '*', 'ftp://a.example', 'file:///a']);
    expectRefused(originList, [
      'https://a.example/path',
      'https://a.example/?q',
      'https://a.example#f',
    ]);
    expectRefused(originList, ['https://u:p@a.example', 'https://', 'https://a.example;https://b']);
    expectRefused(originList, ['https://*.example.com', 'https://*', 'https://a.*.example.com']);
  });
});

describe('a URL that is asked for what nobody else should answer', () => {
  it('is https, or http on this machine', () => {
    const urls = [
      'https://id.example/.well-known/jwks.json?a=b',
      'http://127.0.0.1:8080/jwks',
      'http://127.1.2.3/jwks',
      'http://localhost/jwks',
      'http://[::1]:1/jwks',
    ];
    expect(urls.map((url) => httpsUrl.parse(url))).toEqual(urls);
  });

  it('is no other, and has no credentials', () => {
    expectRefused(httpsUrl, ['http://id.example/jwks', 'http://10.0.0.1/jwks', 'id.example', '']);
    expectRefused(httpsUrl, [
      'http://localhost.example/',
      'http://127.0.0.1.example/',
      'http://128.0.0.1/',
    ]);
    expectRefused(httpsUrl, [
      'ftp://127.0.0.1/',
      'file:///jwks',
      'data:,{}',
      'http://127.evil.example/',
    ]);
    expectRefused(httpsUrl, ['https://user:hunter2@id.example/', 'https://user@id.example/']);
  });

  it('is shown without its password where it is refused, and else as it is', () => {
    const mask = (text: string) => httpsUrl.mask?.(text) ?? text;
    expect(mask('https://user:hunter2@id.example/jwks')).toBe('https://user:***@id.example/jwks');
    expect(mask('htps//user:hunter2@id.example')).not.toContain('hunter2');
    expect(mask('http://id.example/jwks')).toBe('http://id.example/jwks');
    expect(mask('id.example')).toBe('id.example');
  });
});

describe("the operator's webhook", () => {
  it('is the URL as it was written, without credentials', () => {
    for (const url of ['https://hooks.example/T0?a=b', 'http://127.0.0.1:8080/hook']) {
      expect(webhookUrl.parse(url)).toBe(url);
    }
    expectRefused(webhookUrl, ['hooks.example', 'ftp://hooks.example/', 'https://']);
    expectRefused(webhookUrl, [
      'https://user:hunter2@hooks.example/',
      'https://user@hooks.example/',
    ]);
  });

  it('is not shown where it is refused: its path may be a secret', () => {
    expect(webhookUrl.mask?.('hooks.example/T0/secret')).toBe('*** (23 characters)');
  });
});
