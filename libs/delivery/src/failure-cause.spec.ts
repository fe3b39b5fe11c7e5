import { describe, expect, it } from 'vitest';
import { errors } from 'undici';
import { AddressRefusedError, OverlongAnswerError } from './delivery.errors.js';
import { causeOf, timeoutCause } from './failure-cause.js';

function coded(code: string, message = 'x'): Error {
  return Object.assign(new Error(message), { code });
}

function connecting(code: string, address: string): Error {
  return Object.assign(coded(code), { syscall: 'connect', address });
}

describe('causeOf', () => {
  it.each([
    ['ENOTFOUND', 'unreachable', 'dns'],
    ['EAI_AGAIN', 'unreachable', 'dns'],
    ['EAI_NONAME', 'unreachable', 'dns'],
    ['EAI_ADDRFAMILY', 'unreachable', 'dns'],
    ['EAFNOSUPPORT', 'unreachable', 'connection_refused'],
    ['ESERVFAIL', 'unreachable', 'dns'],
    ['EBADNAME', 'unreachable', 'dns'],
    ['EBADRESP', 'unreachable', 'dns'],
    ['ECONNREFUSED', 'unreachable', 'connection_refused'],
    ['EHOSTUNREACH', 'unreachable', 'connection_refused'],
    ['ENETUNREACH', 'unreachable', 'connection_refused'],
    ['ECONNRESET', 'unreachable', 'connection_reset'],
    ['EPIPE', 'unreachable', 'connection_reset'],
    ['CERT_HAS_EXPIRED', 'unreachable', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unreachable', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unreachable', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'unreachable', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'unreachable', 'tls'],
    ['EPROTO', 'unreachable', 'tls'],
  ])('takes %s for %s, %s, and names it', (code, kind, failureCode) => {
    const cause = causeOf(coded(code), 'head');

    expect(cause).toMatchObject({ kind, code: failureCode });
    expect(cause?.text).toContain(`(${code})`);
  });

  it.each([
    [new errors.ConnectTimeoutError(), 'timed_out', 'timeout_connect'],
    [new errors.HeadersTimeoutError(), 'timed_out', 'timeout_response'],
    [new errors.BodyTimeoutError(), 'timed_out', 'timeout_response'],
    [new errors.SocketError('other side closed'), 'unreachable', 'connection_reset'],
    [new errors.SocketError('bad upgrade'), 'rejected', 'protocol'],
    [new errors.HTTPParserError('x'), 'rejected', 'protocol'],
    [new errors.HeadersOverflowError(), 'rejected', 'response_too_large'],
    [new errors.ResponseExceededMaxSizeError(), 'rejected', 'response_too_large'],
    [new errors.ResponseContentLengthMismatchError(), 'rejected', 'protocol'],
    [new OverlongAnswerError(458_752), 'rejected', 'response_too_large'],
    [new AddressRefusedError('h', '10.0.0.1'), 'refused_address', 'address_refused'],
  ])('takes %s for %s, %s', (error, kind, code) => {
    expect(causeOf(error, 'head')).toMatchObject({ kind, code });
  });

  it('tells a connection that never came up from an answer that never came', () => {
    expect(causeOf(coded('ETIMEDOUT'), 'connect')?.code).toBe('timeout_connect');
    expect(causeOf(coded('ETIMEDOUT'), 'body')?.code).toBe('timeout_response');
    expect(timeoutCause('connect').code).toBe('timeout_connect');
    expect(timeoutCause('head').code).toBe('timeout_response');
  });

  it('looks into the failures of a race over several addresses', () => {
    const race = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);

    expect(causeOf(race, 'connect')?.code).toBe('connection_refused');
  });

  it.each(['EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT'])(
    'takes %s for a host without a route when it connects over IPv6',
    (code) => {
      const error = connecting(code, '2606:4700::1111');

      expect(causeOf(error, 'connect')).toMatchObject({
        kind: 'unreachable',
        code: 'connection_refused',
        text: `The host cannot be reached (${code})`,
      });
      expect(causeOf(new AggregateError([error]), 'connect')?.code).toBe('connection_refused');
    },
  );

  it.each([
    coded('EMFILE'),
    coded('EAI_MEMORY'),
    coded('EAI_SYSTEM'),
    connecting('EADDRNOTAVAIL', '93.184.216.34'),
    connecting('EINVAL', '93.184.216.34'),
    new AggregateError([
      connecting('EADDRNOTAVAIL', '2606:4700::1111'),
      connecting('EADDRNOTAVAIL', '93.184.216.34'),
    ]),
    coded('ENFILE'),
    coded('EADDRNOTAVAIL'),
    coded('ENOMEM'),
    coded('toString'),
    new TypeError('x is not a function'),
    new errors.InvalidArgumentError('invalid header'),
    new errors.ClientDestroyedError(),
    'no error at all',
  ])('blames nobody for %s', (error) => {
    expect(causeOf(error, 'head')).toBeNull();
  });

  it('repeats nothing of an error text that the receiver may have written', () => {
    const error = coded('ERR_TLS_CERT_ALTNAME_INVALID', 'altnames: DNS:\u001b[31mevil');

    expect(causeOf(error, 'connect')?.text).not.toContain('evil');
  });
});
