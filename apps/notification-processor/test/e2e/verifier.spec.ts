import {
  producedRecords,
  readServiceTables,
  receivedRecord,
  reportText,
  startDeployment,
  TestReceiver,
  verifyRun,
  waitFor,
  type BatchRecord,
  type Deployment,
  type ProducedRecord,
  type ReceivedRecord,
  type ReceivedRequest,
  type SeededIntegration,
  type ServiceTables,
  type Subscription,
  type VerifierInput,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const QUEUES = 20;
const RECORDS = 400;
const PER_BATCH = 100;
const PARTITIONS = 3;

let deployment: Deployment;
let receiver: TestReceiver;
let integrations: readonly SeededIntegration[];
let subscriptions: readonly Subscription[];
let secrets: ReadonlyMap<string, string>;
const produced: ProducedRecord[] = [];
let tables: ServiceTables;

async function subscribe(
  integration: SeededIntegration,
  type: 'order/updated' | null,
): Promise<Subscription> {
  const { integrationId, organizationId } = integration;
  const endPoint = receiver.url(`/${integrationId}/${type ?? 'all'}`);
  const webhookId = await deployment.webhook({ integrationId, type, endPoint });
  return { integrationId, webhookId, organizationId, type, endPoint };
}

/** Each organization has its records in turn; half of them match both of its webhooks. */
function recordOf(n: number): BatchRecord {
  const index = n % QUEUES;
  const organizationId = integrations[index]?.organizationId ?? '';
  const topic = Math.floor(n / QUEUES) % 2 === 0 ? 'order.created' : 'order.updated';
  const value = JSON.stringify({ organizationId, n });
  return { topic, partition: index % PARTITIONS, organizationId, value };
}

async function produceAll(): Promise<void> {
  for (let from = 0; from < RECORDS; from += PER_BATCH) {
    const batch = Array.from({ length: PER_BATCH }, (_, index) => recordOf(from + index));
    const acknowledged = await deployment.publishAcknowledged(batch);
    produced.push(...producedRecords(batch, acknowledged, deployment.topicPrefix));
  }
}

function recordsOf(requests: readonly ReceivedRequest[]): ReceivedRecord[] {
  const secretsOf = (webhookId: string): string[] => [secrets.get(webhookId) ?? ''];
  return requests.map((request) =>
    receivedRecord(request, { origin: receiver.url(''), secretsOf }),
  );
}

beforeAll(async () => {
  receiver = await TestReceiver.start();
  deployment = await startDeployment({
    replicas: 2,
    env: { KAFKA_TOPIC_PARTITIONS: String(PARTITIONS) },
  });
  integrations = await Promise.all(Array.from({ length: QUEUES }, () => deployment.integration()));
  const webhooks = await Promise.all(
    integrations.map(async (each) => [
      await subscribe(each, null),
      await subscribe(each, 'order/updated'),
    ]),
  );
  subscriptions = webhooks.flat();
  secrets = new Map(
    webhooks.flatMap((both, index) =>
      both.map(({ webhookId }) => [webhookId, integrations[index]?.clientSecret ?? '']),
    ),
  );
  await produceAll();
  await receiver.waitForCount(RECORDS * 1.5, { timeoutMs: 60_000 });
  await waitFor(async () => {
    const { open } = await deployment.database.one<{ open: string }>(
      `SELECT count(*) AS open FROM integration_queue
       WHERE head_seq <= tail_seq OR lease_until > clock_timestamp()`,
    );
    return open === '0';
  });
  const { topicPrefix } = deployment;
  tables = await readServiceTables(await deployment.database.connect(), { topicPrefix });
}, 180_000);

afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

function inputOf(requests: readonly ReceivedRequest[]): VerifierInput {
  return { produced, subscriptions, received: recordsOf(requests), tables };
}

const kindsOf = (requests: readonly ReceivedRequest[]) =>
  verifyRun(inputOf(requests)).verdicts.map(({ kind }) => kind);

/** Two requests for `order.created` of one queue, hence of one partition, one after the other. */
function ofOneQueue(): [ReceivedRequest, ReceivedRequest] {
  const path = `/${integrations[0]?.integrationId}/all`;
  const created = receiver
    .requestsTo(path)
    .filter(({ body }) => body.includes('"type":"order/created"'));
  const [first, second] = created;
  if (first === undefined || second === undefined) throw new Error(`${path} got too little`);
  return [first, second];
}

/** The requests, with some of them in a changed form. */
function changed(...changes: [ReceivedRequest, Partial<ReceivedRequest>][]): ReceivedRequest[] {
  const by = new Map(changes);
  return receiver.requests.map((request) => ({ ...request, ...by.get(request) }));
}

describe('the verifier, fed by a real run', () => {
  it('finds nothing in 400 records for 20 queues without faults, and has seen all of it', () => {
    const report = verifyRun(inputOf(receiver.requests));

    expect(report.verdicts, reportText(report)).toEqual([]);
    expect(report.counts).toEqual({
      produced: RECORDS,
      expected: RECORDS * 1.5,
      delivered: RECORDS * 1.5,
      excused: 0,
      requests: RECORDS * 1.5,
      failedRequests: 0,
      duplicates: { explained: {}, unexplained: 0 },
      explainedOverlaps: 0,
    });
    expect(tables.attempts).toHaveLength(RECORDS * 1.5);
    expect(tables.queues).toHaveLength(QUEUES);
  });

  it('finds a request that is missing', () => {
    const [dropped] = ofOneQueue();
    const kinds = kindsOf(receiver.requests.filter((request) => request !== dropped));

    expect(kinds).toContain('lost');
  });

  it('finds two that were swapped', () => {
    const [first, second] = ofOneQueue();
    const timesOf = ({ startedAt, endedAt }: ReceivedRequest) => ({ startedAt, endedAt });

    expect(kindsOf(changed([first, timesOf(second)], [second, timesOf(first)]))).toContain(
      'out_of_order',
    );
  });

  it('finds a byte that was flipped', () => {
    const [request] = ofOneQueue();
    const body = Buffer.from(request.body);
    // The last digit of the value: what it becomes is still JSON.
    const index = body.length - '0}}'.length;
    body[index] = (body[index] ?? 0) ^ 1;

    expect(kindsOf(changed([request, { body }])).sort()).toEqual([
      'changed_bytes',
      'wrong_signature',
    ]);
  });

  it('finds a request that came twice', () => {
    const [first] = ofOneQueue();
    const startedAt = performance.now();
    const repeated = { ...first, startedAt, endedAt: startedAt + 1 };

    expect(kindsOf([...receiver.requests, repeated])).toEqual(['unexplained_duplicate']);
  });

  it('reads the tables without leaving a transaction open', async () => {
    const session = await deployment.database.connect();
    await readServiceTables(session);
    const { rows } = await session.query(
      'SELECT pg_current_xact_id_if_assigned() AS id, now() = statement_timestamp() AS fresh',
    );

    expect(rows).toEqual([{ id: null, fresh: true }]);
  });
});
