import {
  readEnvelope,
  startDeployment,
  TestReceiver,
  type ApiClient,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** How often a webhook comes and goes while events stream in. */
const ROUNDS = 12;

/** Events produced at once, and how many may be on their way: a queue sends one at a time. */
const PART = 10;
const MOST_ON_THE_WAY = 60;

let deployment: Deployment;
let receiver: TestReceiver;
let apis: [ApiClient, ApiClient];

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([
    startDeployment({ replicas: 3, env: { KAFKA_TOPIC_PARTITIONS: '6' } }),
    TestReceiver.start(),
  ]);
  apis = await Promise.all([deployment.startApi(), deployment.startApi()]);
});

afterAll(async () => {
  await deployment?.dispose();
  await receiver?.close();
});

/** Which numbers have arrived where; every request is read once, however often this is asked. */
class Arrivals {
  readonly #byPath = new Map<string, Set<number>>();
  #read = 0;

  at(path: string): ReadonlySet<number> {
    for (; this.#read < receiver.requests.length; this.#read += 1) {
      const request = receiver.requests[this.#read];
      if (!request) continue;
      const { body } = readEnvelope(request.body);
      const numbers = this.#byPath.get(request.path) ?? new Set();
      this.#byPath.set(request.path, numbers);
      numbers.add((JSON.parse(body.toString()) as { n: number }).n);
    }
    return this.#byPath.get(path) ?? new Set();
  }

  /** Numbers that have arrived at none of these paths. */
  missing(paths: readonly string[], from: number, until: number): number[] {
    const arrived = paths.map((path) => this.at(path));
    const numbers = Array.from({ length: until - from }, (_, i) => from + i);
    return numbers.filter((n) => !arrived.some((at) => at.has(n)));
  }
}

/** Publishes numbered events, part after part, as fast as the webhook at `pace` receives them. */
class Traffic {
  /** Every event that is produced from now on has this number or a higher one. */
  next = 0;
  /** Every event below this is with the broker. */
  produced = 0;
  readonly ended: Promise<void>;
  #stopped = false;

  constructor(
    private readonly organizationId: string,
    private readonly arrivals: Arrivals,
    private readonly pace: string,
  ) {
    this.ended = this.#run();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const first = this.next;
      // Counted before they are produced: a change that is answered meanwhile is not held against them.
      this.next += PART;
      await deployment.publish(...this.#records(first));
      this.produced = this.next;
      const enough = this.next - MOST_ON_THE_WAY;
      await until(() => this.arrivals.at(this.pace).size >= enough);
    }
  }

  #records(first: number) {
    const { organizationId } = this;
    return Array.from({ length: PART }, (_, i) => ({
      topic: 'order.created',
      key: `order-${(first + i) % 7}`,
      value: JSON.stringify({ organizationId, n: first + i }),
    }));
  }
}

const until = (isMet: () => boolean): Promise<void> =>
  receiver.waitFor(isMet, { timeoutMs: 60_000 });

const MOVE = `mutation($id: String!, $input: IntegrationWebhookUpdateInput!) {
  integrationWebhookUpdate(id: $id, input: $input) { id }
}`;

interface Subscription {
  /** Where it is delivered first, and where after the change. */
  readonly paths: readonly [string, string];
  /** Events from this number on were produced after the creation was answered. */
  readonly from: number;
  /** Events below this had been produced, and waited for, before the removal was asked for. */
  readonly until: number;
  /** By the receiver's clock: when the change and the removal were answered. */
  readonly answeredAt: readonly [number, number];
}

/** Creates a webhook, changes it, removes it, each in the middle of the traffic. */
async function comeAndGo(
  round: number,
  token: string,
  traffic: Traffic,
  arrivals: Arrivals,
): Promise<Subscription> {
  const paths = [`/round/${round}`, `/round/${round}/moved`] as const;
  const [first, then] = round % 2 ? apis : [apis[1], apis[0]];
  const input = { endPoint: receiver.url(paths[0]), type: 'order/created' };
  const { id } = await first.create(token, input);
  const from = traffic.next;
  const more = async () => {
    const { next } = traffic;
    await until(() => traffic.produced >= next + 3 * PART);
    return traffic.produced;
  };
  await more();
  const change = { id, input: { endPoint: receiver.url(paths[1]) } };
  const { errors } = await then.query(token, MOVE, change);
  expect(errors).toEqual([]);
  const changedAt = performance.now();
  const produced = await more();
  await until(() => arrivals.missing(paths, from, produced).length === 0);
  await then.remove(token, id);
  return { paths, from, until: produced, answeredAt: [changedAt, performance.now()] };
}

describe('while events stream through three replicas', () => {
  it('nothing is missed after a creation or a change, and nothing sent to where it was after a change or a removal', async () => {
    const owner = await deployment.integration();
    const { organizationId } = owner;
    const bystander = await deployment.integration({ organizationId });
    await apis[0].create(bystander.token, { endPoint: receiver.url('/always') });
    const arrivals = new Arrivals();
    const traffic = new Traffic(organizationId, arrivals, '/always');
    const subscriptions: Subscription[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      subscriptions.push(await comeAndGo(round, owner.token, traffic, arrivals));
    }
    traffic.stop();
    await traffic.ended;

    // All that was produced has arrived at the webhook that stayed, so nothing is still to come.
    await until(() => arrivals.missing(['/always'], 0, traffic.next).length === 0);
    for (const { paths, from, until: to, answeredAt } of subscriptions) {
      expect(arrivals.missing(paths, from, to), paths[0]).toEqual([]);
      for (const [i, path] of paths.entries()) {
        const late = receiver
          .requestsTo(path)
          .filter(({ startedAt }) => startedAt > (answeredAt[i] ?? 0));
        expect(late.length, path).toBe(0);
      }
      expect(arrivals.at(paths[1]).size).toBeGreaterThan(0);
    }
    expect(deployment.apis.flatMap(({ log }) => log.of('operation.failed'))).toEqual([]);
  });
});
