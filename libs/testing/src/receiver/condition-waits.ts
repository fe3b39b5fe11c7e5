interface Wait {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

/** Promises that settle when a condition holds, looked at again on every change; no polling. */
export class ConditionWaits {
  readonly #waits = new Set<Wait>();

  /**
   * Rejects after `timeoutMs` with the text of `describe`, so that a failed test says what was
   * there in place of what was expected.
   */
  until(isMet: () => boolean, timeoutMs: number, describe: () => string): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wait: Wait = {
        isMet,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waits.delete(wait);
        reject(new Error(`Not met within ${timeoutMs} ms: ${describe()}`));
      }, timeoutMs);
      this.#waits.add(wait);
    });
  }

  changed(): void {
    for (const wait of this.#waits) {
      if (!wait.isMet()) continue;
      this.#waits.delete(wait);
      wait.resolve();
    }
  }
}
