import { Parser } from '@asyncapi/parser';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CATALOGUE, documentationOf } from '@app/events';
import { asyncapiText } from './asyncapi.js';
import { namedSchemas } from './asyncapi-schemas.js';

const ERROR = 0;

interface Message {
  readonly name: string;
  readonly payload: object;
  readonly examples: readonly [{ readonly payload: object }];
}

interface Channel {
  readonly messages: { readonly event?: Message };
}

const text = await asyncapiText();
const { document, diagnostics } = await new Parser().parse(text);

const errorsIn = (found: typeof diagnostics) =>
  found
    .filter((diagnostic) => diagnostic.severity === ERROR)
    .map(({ path, message }) => `${path.join('.')}: ${message}`);

/** Validates against schemas as they stand in the file, references included. */
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(parse(text), 'file');

function fits(payload: object, example: unknown): boolean {
  const inFile = JSON.stringify(payload).replaceAll('"#/', '"file#/');
  return ajv.compile(JSON.parse(inFile))(example);
}

describe('the AsyncAPI file', () => {
  it('is a valid AsyncAPI 3 document', async () => {
    expect(errorsIn(diagnostics)).toEqual([]);
    const broken = await new Parser().parse(text.replace('action: receive', 'action: fetch'));
    expect(errorsIn(broken.diagnostics)).not.toEqual([]);
  });

  it('has a channel for every type, the three internal topics and the two endpoints', () => {
    const channels = document?.channels().all() ?? [];
    expect(channels.map((channel) => channel.address() ?? null)).toEqual([
      ...CATALOGUE.map((row) => row.topic),
      'applications.message.process',
      'applications.message.failed',
      'applications.queue.status',
      null,
      null,
    ]);
    const operations = document?.operations().all() ?? [];
    expect(operations.filter((operation) => operation.isReceive())).toHaveLength(58);
    expect(operations.filter((operation) => operation.isSend())).toHaveLength(5);
  });

  it('has examples that fit their schemas', () => {
    const { channels, components } = parse(text);
    const topics = Object.values<Channel>(channels).flatMap(({ messages }) =>
      messages.event ? [messages.event] : [],
    );
    const requests = Object.values<Message>(components.messages);
    const messages: Message[] = [...topics, ...requests];
    expect(messages).toHaveLength(62);
    const unfit = messages.filter(({ payload, examples }) => !fits(payload, examples[0].payload));
    expect(unfit.map(({ name }) => name)).toEqual([]);
    const indifferent = messages.filter(({ payload }) => fits(payload, {}));
    expect(indifferent.map(({ name }) => name)).toEqual([]);
  });

  it('carries the sample of every type and says where its organization stands', () => {
    const { channels } = parse(text);
    for (const { type, topic, organizationPath } of CATALOGUE) {
      const channel = channels[topic];
      expect(channel.messages.event.examples[0].payload).toEqual(documentationOf(type).sample);
      expect(channel['x-organization-id']).toEqual(organizationPath);
      expect(channel['x-webhook-type']).toBe(type);
    }
    expect(channels['delivery-order.updated']['x-dispatched']).toBe('when_enabled');
    expect(channels['variant.tag-removed']['x-topic']).toBe('unconfirmed');
  });

  it('refuses two different schemas of one name', () => {
    const one = { title: 'Order', type: 'object' };
    expect(() => namedSchemas([one, one])).not.toThrow();
    expect(() => namedSchemas([one, { ...one }])).toThrow('Two schemas have the name Order');
  });
});
