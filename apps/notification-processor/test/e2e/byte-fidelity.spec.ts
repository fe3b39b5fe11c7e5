import {
  receivedEvents,
  startDeployment,
  TestReceiver,
  verifySignature,
  type Deployment,
  type SeededIntegration,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CUSTOM_HEADERS = {
  'X-UPPER-lower': 'a  b\t;',
  Authorization: 'Bearer abc=/+~',
  'x-empty': '',
  'X-Comma': 'one, "two" ; three=3',
};

let deployment: Deployment;
let receiver: TestReceiver;
let integration: SeededIntegration;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
  integration = await deployment.integration();
  await deployment.webhook({
    integrationId: integration.integrationId,
    endPoint: receiver.url('/bytes?a=%20&b'),
    headers: CUSTOM_HEADERS,
  });
});

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

/** Publishes the value as it stands and returns the event that arrived for it. */
async function deliver(value: Buffer) {
  const before = receiver.requests.length;
  await deployment.publish({ topic: 'product.updated', value });
  await receiver.waitForCount(before + 1, { timeoutMs: 10_000 });
  const [event, ...others] = receivedEvents(receiver).slice(before);
  if (event === undefined || others.length > 0) throw new Error('not one delivery');
  return event;
}

/** `$` stands for the property that names the organization. */
const BODIES: Readonly<Record<string, string>> = {
  'keys in their order, also those that look like numbers': '{"z":1,"10":2,"2":3,$,"a":4,"1":5}',
  'white space of every kind, around and within': ' \r\n\t{ $ ,\n "a" : [ 1 , 2 ]\t}\r\n ',
  'decimals with their zeros': '{$,"price":10.00,"tax":0.50,"zero":0.000,"minus":-0,"small":1e-07}',
  'integers of 20 digits': '{$,"id":12345678901234567890,"big":[99999999999999999999]}',
  'numbers beyond a double': '{$,"big":1E400,"tiny":1e-400,"many":0.1234567890123456789012345}',
  'escaped text': String.raw`{$,"a":"\u00e9 \u00E9 \/ \b\f\n\r\t \" \\ \ud83d\ude00 \u0000 \ud800"}`,
  'text beyond ASCII': '{$,"a":"é 日本語 😀 \u2028\u2029 \u00a0 e\u0301 \ufffd","clé":"ключ"}',
  'a key twice': '{"a":1,$,"a":2,"b":{"c":1,"c":1}}',
  'names with a meaning in JavaScript': '{$,"__proto__":{"x":1},"constructor":null,"toJSON":1}',
  'text that looks like an envelope': '{"header":{},"body":{$},$,"x":"},\\"body\\":{"}',
  'an empty string, array, object and null': '{$,"s":"","a":[],"o":{},"n":null}',
  'deep nesting': `{$,"d":${'['.repeat(500)}${']'.repeat(500)}}`,
  '900 kB': `{$,"text":"${'0123456789é'.repeat(75_000)}"}`,
};

describe('the body that arrives', () => {
  it.each(Object.entries(BODIES))(
    'is what was produced, byte for byte: %s',
    async (_name, body) => {
      const value = Buffer.from(
        body.replaceAll('$', `"organizationId":"${integration.organizationId}"`),
      );

      const event = await deliver(value);

      expect(event.body.equals(value)).toBe(true);
      const { body: sent, headers } = event.request;
      const signature = headers['x-happycolis-webhook-signature'];
      const { clientSecret } = integration;
      expect(verifySignature({ body: sent, signature, clientSecret })).toBe(true);
      expect(headers['content-length']).toBe(String(sent.length));
    },
  );

  it('has 900 kB and more in one of these cases', () => {
    const sizes = receiver.requests.map(({ body }) => body.length);
    expect(Math.max(...sizes)).toBeGreaterThan(900_000);
  });

  it('is the same, with the same id, date and signature, when it is sent again', async () => {
    receiver.script('/bytes?a=%20&b', { kind: 'answer', status: 500 }, { kind: 'answer' });
    const before = receiver.requests.length;
    const value = `{"organizationId":"${integration.organizationId}","price":10.00}`;
    await deployment.publish({ topic: 'product.updated', value });

    const requests = await receiver.waitForCount(before + 2);
    const [first, second] = requests.slice(before);
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    const signature = 'x-happycolis-webhook-signature';
    expect(second?.headers[signature]).toBe(first?.headers[signature]);
  });
});

describe('the request', () => {
  it('goes to the endpoint as it was given, with the custom headers letter by letter', async () => {
    const value = Buffer.from(`{"organizationId":"${integration.organizationId}"}`);

    const { request } = await deliver(value);

    expect(request.path).toBe('/bytes?a=%20&b');
    const pairs = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [[name, all[index + 1]]] : [],
    );
    const names = pairs.map(([name]) => name?.toLowerCase());
    const custom = pairs.filter(([name]) => name !== undefined && name in CUSTOM_HEADERS);
    expect(custom).toEqual(Object.entries(CUSTOM_HEADERS));
    const firstCustom = names.indexOf('x-upper-lower');
    const own = names.slice(0, firstCustom);
    expect(own).toContain('content-type');
    expect(own).toContain('x-happycolis-webhook-signature');
    expect(new Set(names).size).toBe(names.length);
  });
});
