import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Creation } from './creations.js';

/** Creates webhooks through the API, from a process of its own. */
export interface ApiLoadQuestion {
  /** The API's. */
  readonly url: string;
  readonly endPoint: string;
  readonly creations: readonly Creation[];
  /** Most requests in flight, each on a connection that is kept alive. */
  readonly inFlight: number;
  /** One at a time at even distances instead, whatever is still under way. */
  readonly perSecond?: number;
  /** None is begun after it. */
  readonly limitMs: number;
}

export interface ApiLoadAnswer {
  /** Of the webhooks whose creation was answered. */
  readonly ids: readonly string[];
  /** Of each of them, from the request to the end of its answer. */
  readonly latencies: readonly number[];
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** The first answer that was no new webhook, if there was one; nothing is created after it. */
  readonly refused?: string;
}

interface Answer {
  readonly data?: { readonly created?: { readonly id: string } | null } | null;
}

const MUTATION = `mutation Create($input: IntegrationWebhookInput!) {
  created: integrationWebhookCreate(input: $input) { id type health endPoint }
}`;

process.on('message', (question: ApiLoadQuestion) => {
  void new ApiLoad(question).run().then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());

class ApiLoad {
  private readonly pool: Pool;
  private readonly ids: string[] = [];
  private readonly latencies: number[] = [];
  private refused: string | undefined;
  private next = 0;
  private readonly startedAt = performance.now();

  constructor(private readonly question: ApiLoadQuestion) {
    this.pool = new Pool(question.url, { connections: question.inFlight, pipelining: 1 });
  }

  async run(): Promise<ApiLoadAnswer> {
    const { inFlight, perSecond } = this.question;
    await (perSecond === undefined ? this.closedLoop(inFlight) : this.openLoop(perSecond));
    const elapsedMs = performance.now() - this.startedAt;
    await this.pool.close();
    const { ids, latencies, refused } = this;
    return { ids, latencies, elapsedMs, ...(refused !== undefined && { refused }) };
  }

  private async closedLoop(inFlight: number): Promise<void> {
    const work = async (): Promise<void> => {
      for (let creation = this.take(); creation; creation = this.take())
        await this.create(creation);
    };
    await Promise.all(Array.from({ length: inFlight }, work));
  }

  /** A slow answer delays no other request, so no wait is hidden. */
  private async openLoop(perSecond: number): Promise<void> {
    const sent: Promise<void>[] = [];
    for (let creation = this.take(); creation; creation = this.take()) {
      sent.push(this.create(creation));
      const dueAt = this.startedAt + (this.next * 1_000) / perSecond;
      await pause(Math.max(0, dueAt - performance.now()));
    }
    await Promise.all(sent);
  }

  /** The next one, unless it is over. */
  private take(): Creation | undefined {
    const { creations, limitMs } = this.question;
    const isLate = performance.now() - this.startedAt > limitMs;
    return isLate || this.refused !== undefined ? undefined : creations[this.next++];
  }

  private async create({ token, type }: Creation): Promise<void> {
    const { endPoint } = this.question;
    const sentAt = performance.now();
    try {
      const answer = await this.pool.request({
        path: '/graphql',
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: MUTATION, variables: { input: { endPoint, type } } }),
      });
      const text = await answer.body.text();
      const id = (JSON.parse(text) as Answer).data?.created?.id;
      if (id === undefined) throw new Error(`${answer.statusCode} ${text}`);
      this.latencies.push(performance.now() - sentAt);
      this.ids.push(id);
    } catch (error) {
      this.refused ??= String(error);
    }
  }
}
