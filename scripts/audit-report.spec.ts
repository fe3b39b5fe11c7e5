import { describe, expect, it } from 'vitest';
import { auditVerdict } from './audit-report.js';

const URL_OF_IT = 'https://github.com/advisories/GHSA-xxxx';
const printed = (severity: string): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      lib: { name: 'lib', severity, via: [{ title: 'Bad things', url: URL_OF_IT }] },
      user: { name: 'user', severity, via: ['lib'] },
    },
  });

describe('auditVerdict', () => {
  it.each(['high', 'critical'])('ends a build for a finding of severity %s', (severity) => {
    expect(auditVerdict(printed(severity), {})).toEqual({
      kind: 'found',
      text: `lib (${severity}): Bad things ${URL_OF_IT}`,
    });
  });

  it('lets lower ones pass, and those that were argued', () => {
    expect(auditVerdict(printed('moderate'), {}).kind).toBe('clean');
    expect(auditVerdict(printed('high'), { [URL_OF_IT]: 'never called' }).kind).toBe('clean');
    expect(auditVerdict('{"vulnerabilities":{}}', {}).kind).toBe('clean');
  });

  it.each([
    ['', 'no answer'],
    ['{"message":"405 Method Not Allowed"}', '405 Method Not Allowed'],
    ['{"error":{"summary":"offline"}}', 'offline'],
  ])('does not take %j for clean', (text, reason) => {
    expect(auditVerdict(text, {})).toEqual({
      kind: 'unknown',
      text: `the registry was not able to say: ${reason}`,
    });
  });
});
