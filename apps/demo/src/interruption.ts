/** As a shell reports a program that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type Signal = keyof typeof EXIT_CODES;

/** npm passes Ctrl-C on to a process that the terminal has told already: not a second one. */
const SAME_KEYSTROKE_MS = 1_000;

/**
 * The user has enough: the first signal ends the demonstration in order, a second one at once
 * (guards then end what is still running).
 */
export class Interruption {
  private readonly controller = new AbortController();
  private by: Signal | undefined;
  private at = 0;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Undefined while nothing has interrupted. */
  get exitCode(): number | undefined {
    return this.by && EXIT_CODES[this.by];
  }

  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => this.interrupt(signal));
    }
    // Nobody reads any more (`… | head`, a closed terminal): the same as a hang-up.
    process.stdout.on('error', () => this.interrupt('SIGHUP'));
  }

  private interrupt(signal: Signal): void {
    if (!this.by) {
      this.by = signal;
      this.at = Date.now();
      this.controller.abort(new Error(`ended by ${signal}`));
    } else if (signal !== 'SIGHUP' && Date.now() - this.at > SAME_KEYSTROKE_MS) {
      process.exit(EXIT_CODES[signal]);
    }
  }
}
