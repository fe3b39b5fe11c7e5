import { setTimeout as pause } from 'node:timers/promises';

interface Duty {
  readonly what: string;
  readonly limitMs: number;
  readonly run: () => Promise<unknown>;
}

const DEFAULT_LIMIT_MS = 10_000;

/** What has to be undone, in the reverse order of its making, whatever happened in between. */
export class Cleanup {
  private readonly duties: Duty[] = [];

  add(what: string, run: () => Promise<unknown>, limitMs = DEFAULT_LIMIT_MS): void {
    this.duties.push({ what, limitMs, run });
  }

  /** Does all of it, also where a part fails. @returns what could not be done, one sentence each. */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (let duty = this.duties.pop(); duty; duty = this.duties.pop()) {
      const { what, limitMs, run } = duty;
      const late = pause(limitMs, `not done within ${limitMs / 1_000} s`, { ref: false });
      const done = run().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      const failure = await Promise.race([done, late]);
      if (failure !== undefined) failures.push(`${what}: ${failure}`);
    }
    return failures;
  }
}
