import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchFailedError } from './bench.errors.js';

/**
 * A part of the bench in a process of its own, so that it never shares an event loop with what it
 * measures. One question at a time, each with one answer. It ends with this process: Node's IPC
 * channel closes, and the parts end when it does.
 */
export class ForkedProgram<Question extends object, Answer> {
  private readonly child: ChildProcess;

  /** `path` is relative to this directory. */
  constructor(private readonly path: string) {
    const program = fileURLToPath(new URL(path, import.meta.url));
    // Detached: Ctrl-C belongs to the bench, which then ends its parts in order.
    this.child = fork(program, [], { detached: true });
  }

  async ask(question: Question, limitMs: number): Promise<Answer> {
    const { child, path } = this;
    if (!child.connected) throw new BenchFailedError(`${path} has ended by itself`);
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(limitMs)]);
    const answered = once(child, 'message', { signal });
    const ended = once(child, 'exit', { signal }).then((): never => {
      throw new BenchFailedError(`${path} has ended by itself`);
    });
    // Which of the two loses the race is of no interest.
    for (const each of [answered, ended]) each.catch(() => undefined);
    child.send(question);
    try {
      return (await Promise.race([answered, ended]))[0] as Answer;
    } finally {
      over.abort();
    }
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
