import { describe, expect, it } from 'vitest';
import { certificateFault } from './certificate-fault.js';

const coded = (code: string, cause?: Error) => Object.assign(new Error('why', { cause }), { code });

describe('certificateFault', () => {
  it.each([
    'CERT_HAS_EXPIRED',
    'CERT_SIGNATURE_FAILURE',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('says why a certificate was refused: %s', (code) => {
    expect(certificateFault(coded(code))).toBe(`why (${code})`);
  });

  it('finds it below the errors that wrap it', () => {
    const wrapped = new Error('no more retries', { cause: coded('CERT_HAS_EXPIRED') });
    expect(certificateFault(new Error('', { cause: wrapped }))).toBe('why (CERT_HAS_EXPIRED)');
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPROTO', '28P01', '57P03'])(
    'leaves alone what may pass: %s',
    (code) => {
      expect(certificateFault(coded(code))).toBeUndefined();
    },
  );

  it('takes anything thrown', () => {
    expect(certificateFault('CERT_HAS_EXPIRED')).toBeUndefined();
    expect(certificateFault(undefined)).toBeUndefined();
  });
});
