import { randomUUID } from 'node:crypto';
import { buildEnvelope } from '@app/events';
import { SIGNATURE_HEADER, signingKey, signPayload } from '@app/delivery';
import { ForkedProgram } from '../forked-program.js';
import { recordOf } from './domain-record.js';
import type { RawAnswer, RawQuestion } from './raw-post.js';

const WARM_UP_MS = 1_000;
const MEASURE_MS = 3_000;
const LIMIT_MS = 30_000;

/** Measures undici alone with a request as the service sends it, but built and signed only once. */
export async function rawRate(url: string, concurrency: number): Promise<RawAnswer> {
  const program = new ForkedProgram<RawQuestion, RawAnswer>('load/raw-post.js');
  try {
    const body = rawBody();
    const headers = {
      'Content-Type': 'application/json',
      [SIGNATURE_HEADER]: signPayload(body, signingKey('the secret of nobody')),
      'User-Agent': 'happycolis-webhooks',
    };
    return await program.ask(
      {
        url,
        concurrency,
        body: body.toString('utf8'),
        headers,
        warmUpMs: WARM_UP_MS,
        measureMs: MEASURE_MS,
      },
      LIMIT_MS,
    );
  } finally {
    await program.stop();
  }
}

/** As large as an envelope of the service; its entity is renamed, so that no order is checked. */
function rawBody(): Buffer {
  const header = {
    organizationId: randomUUID(),
    messageId: randomUUID(),
    webhookId: randomUUID(),
    type: 'order/created',
    date: new Date().toISOString(),
  };
  const record = recordOf({ organizationId: randomUUID(), entity: 0, number: 1, at: 0 });
  const value = record.toString('utf8').replace('"entity"', '"nobody"');
  return buildEnvelope(header, Buffer.from(value));
}
