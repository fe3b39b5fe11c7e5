import { describe, expect, it } from 'vitest';
import { databaseUrl, maskUrlPassword } from './database-url-kind.js';
import type { Kind } from './kind.js';
import { flag, integer, oneOf, port, secret, subsetOf } from './kinds.js';
import { brokerList, networkList } from './network-kinds.js';

const accepts = (kind: Kind<unknown>, text: string) => {
  try {
    kind.parse(text);
    return true;
  } catch {
    return false;
  }
};
const refused = (kind: Kind<unknown>, texts: readonly string[]) =>
  expect(texts.filter((text) => accepts(kind, text))).toEqual([]);

describe('kinds of values', () => {
  it('reads a flag from true, false, 1 and 0 and from nothing else', () => {
    expect(['true', 'TRUE', '1'].map((text) => flag.parse(text))).toEqual([true, true, true]);
    expect(['false', '0'].map((text) => flag.parse(text))).toEqual([false, false]);
    refused(flag, ['yes', 'on', '2', 'truee']);
  });

  it('reads whole decimal numbers within their range, bounds included', () => {
    const kind = integer(10, 20);
    expect([kind.parse('10'), kind.parse('20')]).toEqual([10, 20]);
    refused(kind, ['9', '21', '1e1', '0x10', '15.0', '-15', '15ms', '1 5', 'NaN']);
  });

  it('allows port 0 and explains a Kubernetes Service link', () => {
    expect([port.parse('0'), port.parse('65535')]).toEqual([0, 65_535]);
    refused(port, ['65536', '-1', '80a']);
    expect(() => port.parse('tcp://10.0.0.1:80')).toThrow(/enableServiceLinks/);
  });

  it('reads one choice, and a subset that is not empty', () => {
    expect(oneOf(['json', 'pretty']).parse('JSON')).toBe('json');
    const roles = subsetOf(['ingest', 'deliver']);
    expect(roles.parse(' deliver , deliver,')).toEqual(new Set(['deliver']));
    refused(roles, ['', ',', 'ingest;deliver', 'ingest,api']);
  });

  it('counts what is between the white space of a secret', () => {
    expect(secret(3, '').parse(' abc ')).toBe(' abc ');
    refused(secret(3, ''), ['ab', '  ab  ', '     ']);
  });

  it('reads brokers by name and IPv4', () => {
    expect(brokerList.parse('kafka-1:9092, 10.0.0.1:65535,kafka-1:9092')).toEqual([
      'kafka-1:9092',
      '10.0.0.1:65535',
    ]);
    refused(brokerList, [',', 'kafka', 'kafka:', ':9092', '::1:9092']);
    refused(brokerList, ['kafka:0', 'kafka:65536', 'http://kafka:9092', 'a b:9092', 'k:1;j:2']);
  });

  it('asks for a host name where a broker is an IPv6 address', () => {
    const reason = (text: string) => {
      try {
        return brokerList.parse(text);
      } catch (error) {
        return error;
      }
    };
    for (const broker of ['[::1]:9092', '[fd00::1]:65535', '[::1]']) {
      expect(reason(`kafka-1:9092,${broker}`)).toMatchObject({
        reason: `"${broker}" is an IPv6 address; give it a host name`,
      });
    }
  });

  it('clears the host bits of networks and completes bare addresses', () => {
    expect(networkList.parse('10.1.2.3/8, 127.0.0.1,fd00::1/8,::1')).toEqual([
      '10.0.0.0/8',
      '127.0.0.1/32',
      'fd00::/8',
      '::1/128',
    ]);
    refused(networkList, ['10.0.0.0/33', 'localhost', '10.0.0/8/8', 'fd00::/129']);
  });

  it('reads addresses of PostgreSQL and no parameters that overrule TLS', () => {
    const url = 'postgresql://u:p%23@db.example:5432/webhooks?application_name=x';
    expect(databaseUrl.parse(url)).toEqual({ url, sslMode: undefined });
    refused(databaseUrl, ['mysql://h/db', 'localhost:5432/db', 'postgres://u:p#x@h/db']);
    refused(databaseUrl, ['postgres://h/d?sslmode=prefer', 'postgres://h/d?sslrootcert=/ca']);
  });

  it('masks the password of a URL wherever it stands', () => {
    expect(maskUrlPassword('postgres://u:hunter2@h/db')).toBe('postgres://u:***@h/db');
    expect(maskUrlPassword('postgres://h/db?password=hunter2')).not.toContain('hunter2');
    expect(maskUrlPassword('postgres//u:hunter2@h/db')).toBe('*** (24 characters)');
    expect(maskUrlPassword('postgres://u:hun#ter2@h/db')).toBe('*** (26 characters)');
  });
});
