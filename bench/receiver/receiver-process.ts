import { setTimeout as pause } from 'node:timers/promises';
import { BenchFailedError } from '../bench.errors.js';
import { ForkedProgram } from '../forked-program.js';
import { until } from '../patience.js';
import type { ReceiverQuestion, ReceiverReport } from './receiver-messages.js';

const ANSWER_LIMIT_MS = 30_000;

/** The receiver of all deliveries, in a process of its own. */
export class ReceiverProcess {
  private constructor(
    private readonly program: ForkedProgram<ReceiverQuestion, ReceiverReport>,
    readonly url: string,
  ) {}

  static async start(): Promise<ReceiverProcess> {
    const program = new ForkedProgram<ReceiverQuestion, ReceiverReport>('receiver/receiver.js');
    const { port } = await program.ask({ ask: 'listen' }, ANSWER_LIMIT_MS);
    return new ReceiverProcess(program, `http://127.0.0.1:${port}/webhooks`);
  }

  /** So many different endpoints of it. */
  paths(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `${this.url}/${index}`);
  }

  async reset(behaviour: 'accept' | 'refuse' = 'accept', delayMs = 0): Promise<void> {
    await this.program.ask({ ask: 'reset', behaviour, delayMs }, ANSWER_LIMIT_MS);
  }

  report(): Promise<ReceiverReport> {
    return this.program.ask({ ask: 'report' }, ANSWER_LIMIT_MS);
  }

  /** @throws BenchFailedError unless exactly `count` requests come within the limit, in order. */
  async received(count: number, limitMs: number): Promise<ReceiverReport> {
    const looked = { requests: 0 };
    await until(
      async () => {
        looked.requests = (await this.report()).requests;
        return looked.requests >= count;
      },
      { what: `${count} deliveries`, limitMs, everyMs: 100 },
    );
    const report = await this.report();
    if (report.defects.length > 0) throw new BenchFailedError(report.defects.join('; '));
    if (report.requests !== count) {
      throw new BenchFailedError(`${report.requests} deliveries instead of ${count}`);
    }
    return report;
  }

  /**
   * Requests a second, over so many seconds from so many after the first one on.
   *
   * @throws BenchFailedError for one that came out of order.
   */
  async rate(seconds: number, afterS = 0): Promise<number> {
    await until(async () => (await this.report()).requests > 0, {
      what: 'the first delivery',
      limitMs: 60_000,
      everyMs: 10,
    });
    await pause(afterS * 1_000);
    const [first, startedAt] = [await this.report(), performance.now()];
    await pause(seconds * 1_000);
    const [last, endedAt] = [await this.report(), performance.now()];
    if (last.defects.length > 0) throw new BenchFailedError(last.defects.join('; '));
    return ((last.requests - first.requests) / (endedAt - startedAt)) * 1_000;
  }

  stop(): Promise<void> {
    return this.program.stop();
  }
}
