import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { WebhookType } from '@app/events';
import { loadConfiguration } from '@app/platform';
import type { Endpoint } from './endpoint.js';
import { OperatorCommands } from './operator-commands.js';
import { Output } from './output.js';
import { processEnvironment } from './process-environment.js';
import {
  parsePublisherRequest,
  PUBLISHER_USAGE,
  type PublisherOptions,
} from './publisher-options.js';
import { RecordPublisher } from './record-publisher.js';
import { register, type Party } from './registration.js';
import { standaloneSettings, type StandaloneSettings } from './standalone-settings.js';
import { SubscriptionsApi } from './subscriptions-api.js';

const HANDING_OVER_LIMIT_MS = 5_000;
const RECEIVER_LIMIT_MS = 60_000;
const RETRY_PAUSE_MS = 500;

const TEACHES_LOCATION: WebhookType = 'location/created';

const environment = processEnvironment();
const output = new Output(process.stdout, environment);
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Error(`ended by ${signal}`)));
}

/** The publisher by itself: by hand for one organization, or in rounds for integrations of its own. */
async function main(): Promise<number> {
  const request = parsePublisherRequest(process.argv.slice(2));
  if (request.kind === 'help') {
    process.stdout.write(PUBLISHER_USAGE);
    return 0;
  }
  if (request.kind === 'refused') {
    process.stderr.write(`${request.reason}\n${PUBLISHER_USAGE}`);
    return 2;
  }
  const { kafka } = loadConfiguration(environment);
  const publisher = new RecordPublisher(kafka, randomBytes(4).toString('hex'));
  await publisher.connect();
  try {
    await publishAll(publisher, request.options);
  } finally {
    await publisher.disconnect();
  }
  return 0;
}

async function publishAll(publisher: RecordPublisher, options: PublisherOptions): Promise<void> {
  const settings = standaloneSettings(environment);
  const endpoints = options.organizationId ? [] : await registered(settings);
  const organizations = options.organizationId
    ? [options.organizationId]
    : endpoints.map(({ organizationId }) => organizationId);
  do {
    // Again in every round: a receiver that was started anew knows nothing.
    for (const endpoint of endpoints) await handOver(settings.receiverUrl, endpoint);
    for (const organization of organizations) await publishRound(publisher, organization, options);
    if (options.once) return;
    await pause(settings.intervalMs, undefined, { signal: interruption.signal });
  } while (!interruption.signal.aborted);
}

/** The location is made known first; should an event overtake it, it carries its organization itself. */
async function publishRound(
  publisher: RecordPublisher,
  organization: string,
  { types, count }: PublisherOptions,
): Promise<void> {
  const first = types.filter((type) => type === TEACHES_LOCATION);
  const others = types.filter((type) => type !== TEACHES_LOCATION);
  for (const ofRound of [first, others]) {
    if (ofRound.length === 0) continue;
    const repeated = ofRound.flatMap((type) => Array<WebhookType>(count).fill(type));
    await publisher.publish(organization, repeated, 'header');
  }
  output.line(`records produced for organization ${organization}: ${types.length * count}`);
}

/** By operator and developer, as people would; the receiver learns the secret from here. */
async function registered({ receiverUrl, apiUrl }: StandaloneSettings): Promise<Party[]> {
  const { signal } = interruption;
  const onCall = (line: string): void => output.line(line);
  const operator = new OperatorCommands({
    environment,
    onCommand: (command) => output.line(`$ ${command}`),
  });
  const api = new SubscriptionsApi({ url: apiUrl, signal, onCall });
  output.line(`The subscriptions API is expected at ${apiUrl}.`);
  await api.ready();
  const open = (endpoint: Endpoint): Promise<void> => handOver(receiverUrl, endpoint);
  const { wide, narrow } = await register({ operator, api, receiverUrl, signal, open });
  return [wide, narrow];
}

/** The receiver may be starting still. */
async function handOver(receiverUrl: string, endpoint: Endpoint): Promise<void> {
  // Nothing besides: a party holds its token, too, which is no business of the receiver.
  const { name, path, clientSecret, organizationId } = endpoint;
  const deadline = Date.now() + RECEIVER_LIMIT_MS;
  for (;;) {
    const answer = await fetch(`${receiverUrl}/endpoint`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, path, clientSecret, organizationId }),
      signal: AbortSignal.any([interruption.signal, AbortSignal.timeout(HANDING_OVER_LIMIT_MS)]),
    }).then(
      ({ status }) => `it answered ${status}`,
      (error: unknown) => String(error),
    );
    interruption.signal.throwIfAborted();
    if (answer === 'it answered 204') return;
    if (Date.now() > deadline) throw new Error(`the receiver at ${receiverUrl}: ${answer}`);
    await pause(RETRY_PAUSE_MS, undefined, { signal: interruption.signal });
  }
}

process.exitCode = await main().catch((error: unknown) => {
  // Ctrl-C is the way to end it.
  if (interruption.signal.aborted) return 0;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
