import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { DemoReceiver, type ReceiverOptions } from './demo-receiver.js';

const SECRET = 'secret';
const receivers: DemoReceiver[] = [];

afterEach(() => Promise.all(receivers.splice(0).map((each) => each.close())));

async function started(
  options: ReceiverOptions = {},
): Promise<{ receiver: DemoReceiver; url: string }> {
  const receiver = new DemoReceiver(options);
  receivers.push(receiver);
  const port = await receiver.listen(0, '127.0.0.1');
  receiver.open({ name: 'Atlas', path: '/atlas', clientSecret: SECRET, organizationId: 'o' });
  return { receiver, url: `http://127.0.0.1:${port}` };
}

function envelope(number: number, organizationId = 'o'): string {
  const messageId = `m${number}`;
  const header = { organizationId, messageId, webhookId: 'w', type: 'order/created', date: 'd' };
  return JSON.stringify({ header, body: { demo: { run: 'r', number } } });
}

async function post(url: string, body: string, secret = SECRET): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('base64');
  const headers = { 'x-happycolis-webhook-signature': signature };
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

describe('the receiver', () => {
  it('takes what is signed, in order, without a finding', async () => {
    const { receiver, url } = await started();
    expect(await post(`${url}/atlas`, envelope(1))).toBe(200);
    expect(await post(`${url}/atlas`, envelope(2))).toBe(200);
    expect(receiver.taken('/atlas')).toHaveLength(2);
    expect(receiver.firstFinding()).toBeUndefined();
  });

  it('refuses a wrong signature and a body that is no envelope', async () => {
    const { receiver, url } = await started();
    expect(await post(`${url}/atlas`, envelope(1), 'another')).toBe(401);
    expect(await post(`${url}/atlas`, '{}')).toBe(400);
    expect(receiver.taken('/atlas')).toEqual([]);
    expect(receiver.firstFinding()).toBe('Atlas: the signature is wrong');
  });

  it('finds an event of another organization, and answers unknown paths with 404', async () => {
    const { receiver, url } = await started();
    expect(await post(`${url}/boreal`, envelope(1))).toBe(404);
    await post(`${url}/atlas`, envelope(1, 'p'));
    expect(receiver.firstFinding()).toContain('organization p');
  });

  it('turns down while it fails, and what it turned down is no repetition later', async () => {
    const { receiver, url } = await started();
    receiver.setFailing('/atlas', true);
    expect(await post(`${url}/atlas`, envelope(1))).toBe(503);
    receiver.setFailing('/atlas', false);
    expect(await post(`${url}/atlas`, envelope(1))).toBe(200);
    expect([receiver.turnedDown('/atlas').length, receiver.taken('/atlas').length]).toEqual([1, 1]);
    expect(receiver.firstFinding()).toBeUndefined();
  });

  it('answers a repetition with 200 and finds it', async () => {
    const { receiver, url } = await started();
    await post(`${url}/atlas`, envelope(1));
    expect(await post(`${url}/atlas`, envelope(1))).toBe(200);
    expect(receiver.firstFinding()).toBe('Atlas: message m1 arrived twice');
  });

  it('finds two requests of one queue at the same time', async () => {
    const { receiver, url } = await started();
    // The receiver says "continue" when the head is there; the body is kept back until then.
    const slow = request(`${url}/atlas`, { method: 'POST', headers: { expect: '100-continue' } });
    slow.on('error', () => undefined).flushHeaders();
    await once(slow, 'continue');
    await post(`${url}/atlas`, envelope(1));
    slow.destroy();
    expect(receiver.firstFinding()).toContain('at the same time');
  });

  it('opens endpoints by PUT only where it was made to', async () => {
    const endpoint = JSON.stringify({ name: 'Boreal', path: '/boreal', clientSecret: SECRET });
    const put = async (url: string): Promise<number> =>
      (await fetch(`${url}/endpoint`, { method: 'PUT', body: endpoint })).status;
    expect(await put((await started()).url)).toBe(404);
    const opened: string[] = [];
    const { url } = await started({ onEndpoint: ({ path }) => opened.push(path) });
    expect([await put(url), await put(url)]).toEqual([204, 204]);
    expect(opened).toEqual(['/boreal']);
    expect(await post(`${url}/boreal`, envelope(1))).toBe(200);
  });
});
