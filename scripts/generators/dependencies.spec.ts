import { describe, expect, it } from 'vitest';
import { dependenciesText } from './dependencies.js';

const PACKAGES = {
  '': { version: '1.0.0' },
  'node_modules/b': { version: '2.0.0', license: 'MIT' },
  'node_modules/a/node_modules/b': { version: '2.0.0', license: 'MIT' },
  'node_modules/@scope/a': { version: '1.0.0' },
  'node_modules/tool': { version: '9.0.0', license: 'GPL-3.0', dev: true },
};

describe('the list of dependencies', () => {
  it('has each package of the service once, with its licence', () => {
    const text = dependenciesText(PACKAGES, () => 'ISC');

    expect(text.split('\n').filter((line) => line.startsWith('| '))).toEqual([
      '| package | version | licence |',
      '| --- | --- | --- |',
      '| @scope/a | 1.0.0 | ISC |',
      '| b | 2.0.0 | MIT |',
    ]);
  });

  it('is not made with a licence that is not allowed, or with none', () => {
    const copyleft = { ...PACKAGES, 'node_modules/c': { version: '3.0.0', license: 'AGPL-3.0' } };

    expect(() => dependenciesText(copyleft, () => undefined)).toThrow(
      'these packages have licences that are not allowed: @scope/a 1.0.0 (none), c 3.0.0 (AGPL-3.0)',
    );
  });
});
