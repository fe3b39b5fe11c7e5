import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookSender } from '@app/delivery';
import { TestReceiver, type ReceiverBehaviour } from '@app/testing';
import { loopbackSender, requestTo } from './sender-fixture.js';

const TEN_YEARS_MS = 315_360_000_000;

let receiver: TestReceiver;
let sender: WebhookSender;

beforeEach(async () => {
  receiver = await TestReceiver.start();
  sender = loopbackSender();
});

afterEach(async () => {
  await sender.close();
  await receiver.close();
});

async function meet(behaviour: ReceiverBehaviour, by = sender) {
  receiver.script('/', behaviour);
  return by.post(requestTo(receiver.url()));
}

/** An answer as a receiver of any make may write it; Node's own server always adds a `Date`. */
function lines(status: number, ...headers: string[]): ReceiverBehaviour {
  const head = [`HTTP/1.1 ${status} No`, ...headers, 'content-length: 4', '', 'busy'];
  return { kind: 'raw', bytes: head.join('\r\n') };
}

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString();

describe('an answer that asks not to be called again so soon', () => {
  it.each([429, 503, 301, 410, 500])('is heard whatever it refuses with: %d', async (status) => {
    const headers = { 'retry-after': '120' };

    expect(await meet({ kind: 'answer', status, headers, body: 'busy' })).toMatchObject({
      kind: 'rejected',
      statusCode: status,
      excerpt: Buffer.from('busy'),
      retryAfterMs: 120_000,
    });
  });

  it.each([429, 503])('may name a date: %d', async (status) => {
    const { retryAfterMs } = await refused({
      kind: 'answer',
      status,
      headers: { 'retry-after': inSeconds(120) },
    });

    // Node's server adds the time of the answer, and both are cut to whole seconds.
    expect(retryAfterMs).toBeGreaterThan(60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(120_000);
  });

  it.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:51:07 GMT'],
    ['RFC 850', 'Sunday, 06-Nov-94 08:51:07 GMT'],
    ['asctime', 'Sun Nov  6 08:51:07 1994'],
  ])('is understood by its own clock, 30 years behind: %s', async (_form, date) => {
    const clock = 'Date: Sun, 06 Nov 1994 08:49:37 GMT';

    expect(await meet(lines(503, clock, `Retry-After: ${date}`))).toMatchObject({
      retryAfterMs: 90_000,
    });
  });

  it.each([
    ['has no clock', []],
    ['has a clock that cannot be read', ['Date: yesterday']],
  ])('is understood by our clock where it %s', async (_what, clock) => {
    const { retryAfterMs } = await refused(lines(503, ...clock, `Retry-After: ${inSeconds(120)}`));

    expect(retryAfterMs).toBeGreaterThan(60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(120_000);
  });

  it.each([
    ['a date that is over', 'Retry-After: Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['no time', 'Retry-After: 0', 0],
    ['three hundred digits of seconds', `Retry-After: ${'9'.repeat(300)}`, TEN_YEARS_MS],
    ['the end of days', 'Retry-After: Fri, 31 Dec 9999 23:59:59 GMT', TEN_YEARS_MS],
    ['blanks around', 'Retry-After: \t 7 \t', 7000],
    ['a name in another case', 'RETRY-AFTER: 7', 7000],
    ['less than nothing', 'Retry-After: -7', null],
    ['a fraction', 'Retry-After: 1.5', null],
    ['words', 'Retry-After: tomorrow', null],
    ['nothing', 'Retry-After:', null],
    ['no header of that name', 'Retry-Before: 7', null],
  ])('asks with %s', async (_what, line, expected) => {
    expect(await meet(lines(429, line))).toMatchObject({ statusCode: 429, retryAfterMs: expected });
  });

  it('asks several times: the first that can be read counts', async () => {
    const asked = ['soon', '30', '60'].map((value) => `Retry-After: ${value}`);

    expect(await meet(lines(503, ...asked))).toMatchObject({ retryAfterMs: 30_000 });
  });

  it('is heard although the rest of its answer never comes', async () => {
    const hasty = loopbackSender({ timeoutMs: 600 });
    const bytes = 'HTTP/1.1 503 No\r\nRetry-After: 7\r\ncontent-length: 100\r\n\r\nbusy';

    expect(await meet({ kind: 'raw', bytes }, hasty)).toMatchObject({
      code: 'http_status',
      excerpt: Buffer.from('busy'),
      retryAfterMs: 7000,
    });
    await hasty.close();
  });
});

describe('nobody asks for a pause', () => {
  it('who only announces an answer, or sends it after the head', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\n\r\n';
    const head = 'HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\ntrailer: retry-after\r\n\r\n';
    const bytes = `${early}${head}0\r\nRetry-After: 8\r\n\r\n`;

    expect(await meet({ kind: 'raw', bytes })).toMatchObject({
      code: 'http_status',
      retryAfterMs: null,
    });
  });

  it('who announces an answer that never comes', async () => {
    const hasty = loopbackSender({ timeoutMs: 600 });
    const bytes = 'HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\n\r\n';

    expect(await meet({ kind: 'raw', bytes }, hasty)).toMatchObject({
      code: 'timeout_response',
      retryAfterMs: null,
    });
    await hasty.close();
  });

  it('who accepts, even where the body breaks off', async () => {
    const hasty = loopbackSender({ timeoutMs: 600 });
    const bytes = 'HTTP/1.1 200 OK\r\nRetry-After: 7\r\ncontent-length: 100\r\n\r\nbusy';

    expect(await meet({ kind: 'raw', bytes }, hasty)).toMatchObject({
      code: 'timeout_response',
      retryAfterMs: null,
    });
    await hasty.close();
  });

  it('who breaks the connection', async () => {
    expect(await meet({ kind: 'reset' })).toMatchObject({
      code: 'connection_reset',
      retryAfterMs: null,
    });
  });

  it('who cannot be called at all', async () => {
    expect(await sender.post(requestTo('no url'))).toMatchObject({
      code: 'configuration',
      retryAfterMs: null,
    });
    expect(await sender.post(requestTo('https://10.0.0.1/'))).toMatchObject({
      code: 'address_refused',
      retryAfterMs: null,
    });
  });
});

async function refused(behaviour: ReceiverBehaviour) {
  const outcome = await meet(behaviour);
  if (outcome.kind === 'delivered') throw new Error('it was delivered');
  return outcome;
}
