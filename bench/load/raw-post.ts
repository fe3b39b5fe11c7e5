import { Pool } from 'undici';

/** The raw rate: what undici alone posts to the same receiver, with nothing else to do. */
export interface RawQuestion {
  readonly url: string;
  readonly concurrency: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface RawAnswer {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

process.on('message', (question: RawQuestion) => {
  void measure(question).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit());

async function measure(question: RawQuestion): Promise<RawAnswer> {
  const { origin, pathname } = new URL(question.url);
  const pool = new Pool(origin, { connections: question.concurrency, pipelining: 1 });
  const body = Buffer.from(question.body);
  const startsAt = performance.now() + question.warmUpMs;
  const endsAt = startsAt + question.measureMs;
  let posted = 0;
  let cpuBefore = process.cpuUsage();
  const warmedUp = setTimeout(() => (cpuBefore = process.cpuUsage()), question.warmUpMs);
  const post = async (): Promise<void> => {
    for (let now = performance.now(); now < endsAt; now = performance.now()) {
      const request = { path: pathname, method: 'POST', body, headers: question.headers } as const;
      const answer = await pool.request(request);
      await answer.body.dump();
      if (now >= startsAt) posted += 1;
    }
  };
  await Promise.all(Array.from({ length: question.concurrency }, post));
  clearTimeout(warmedUp);
  const { user, system } = process.cpuUsage(cpuBefore);
  await pool.close();
  return {
    perSecond: (posted / question.measureMs) * 1_000,
    cpuMicros: posted === 0 ? 0 : (user + system) / posted,
  };
}
