import { describe, expect, it } from 'vitest';
import { endpointCorpus } from '../test/corpus/endpoint-corpus.js';
import { AddressGuard } from './address.guard.js';
import { judgeEndpoint } from './endpoint.js';

const RULES = {
  allowHttp: false,
  allowedPorts: [],
  guard: new AddressGuard({ allowedNetworks: [] }),
};

const hostile = endpointCorpus('hostile-endpoints.txt');
const good = endpointCorpus('good-endpoints.txt');

it('the corpora have not shrunk', () => {
  expect(new Set(hostile).size).toBeGreaterThanOrEqual(300);
  expect(new Set(good).size).toBeGreaterThanOrEqual(50);
});

describe('when a webhook is created', () => {
  it.each(hostile)('%j is refused', (endPoint) => {
    const verdict = judgeEndpoint(endPoint, RULES);

    expect(verdict).toMatchObject({ ok: false });
    expect(verdict).toHaveProperty('reason', expect.stringMatching(/^The endpoint [ -~]+$/u));
  });

  it.each(good)('%j is accepted', (endPoint) => {
    expect(judgeEndpoint(endPoint, RULES)).toMatchObject({ ok: true });
  });
});
