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

  stop(): Promise<void> {
    return this.program.stop();
  }
}
