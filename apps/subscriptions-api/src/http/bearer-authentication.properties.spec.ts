import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { TokenRefusedError } from '@app/applications';
import { createLogger } from '@app/platform';
import { expectForAll, PROPERTY_TIMEOUT_MS } from '@app/testing';
import express from 'express';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequest } from './api-request.js';
import { bearerAuthentication } from './bearer-authentication.js';

const logged: string[] = [];
const output = new Writable({
  write: (line, _encoding, done) => {
    logged.push(String(line));
    done();
  },
});

/** Everybody is known but those who are refused with what they sent. */
const KNOWN = 'known.token';
const seen: string[] = [];
const identify = async (token: string): Promise<void> => {
  seen.push(token);
  if (token !== KNOWN) throw new TokenRefusedError('"it" is not known');
};

const app = express();
app.use((request: ApiRequest, _, next) => {
  request.requestId = 'r';
  next();
});
app.use(bearerAuthentication(identify, createLogger({ level: 'info', format: 'json' }, output)));
app.use((_, response) => void response.json({ known: true }));

/** The request as Node gives it, whose headers hold what no client would let us send. */
async function answered(authorization: string | undefined): Promise<ServerResponse> {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method: 'POST', url: '/' });
  if (authorization !== undefined) request.headers.authorization = authorization;
  const response = new ServerResponse(request);
  response.assignSocket(new Writable({ write: (_, __, done) => done() }) as Socket);
  const finished = new Promise((resolve) => response.once('finish', resolve));
  app(request, response);
  await finished;
  return response;
}

const header = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary' }).map((text) => `Bearer ${text}`),
    fc.base64String().map((text) => `bearer   ${text} `),
    fc.constantFrom(`Bearer ${KNOWN}`, `BEARER  ${KNOWN}`, 'Bearer', 'Bearer ', `Basic ${KNOWN}`),
  ),
  { nil: undefined, freq: 20 },
);

describe('bearerAuthentication, of any header Authorization', () => {
  it(
    'lets in whoever is known, and tells everybody else in one line that the token does not count',
    async () => {
      await expectForAll(header, async (given) => {
        seen.length = 0;
        const response = await answered(given);
        for (const token of seen) expect(token).toMatch(/^[\w.~+/-]+=*$/);
        expect(response.statusCode).toBe(seen[0] === KNOWN ? 200 : 401);
        if (response.statusCode === 200) return;
        expect(response.getHeader('www-authenticate')).toMatch(
          given === undefined
            ? /^Bearer realm="[a-z-]+"$/
            : /^Bearer realm="[a-z-]+", error="invalid_token", error_description="[^"\\\r\n]+"$/,
        );
      });
      expect(logged).toEqual([]);
    },
    PROPERTY_TIMEOUT_MS,
  );
});
