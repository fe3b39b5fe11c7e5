import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

export type AskSystem = (host: string) => Promise<LookupAddress[]>;

export interface SystemLookupOptions {
  /** How long a look-up is waited for, its turn included, in ms. */
  readonly giveUpMs: number;
  /** What is asked; `getaddrinfo` when not given. */
  readonly ask?: AskSystem;
}

/**
 * `getaddrinfo` cannot be cancelled and blocks one of libuv's four threads, which files and hashes
 * need as well. Half of them is the most that names may take.
 */
const AT_A_TIME = 2;

interface Waiting {
  readonly host: string;
  readonly ended: (answer: Promise<LookupAddress[]>) => void;
}

/**
 * The system's own resolver: /etc/hosts, search domains, container names. Look-ups that nobody
 * answers cost each other time, never the rest of the process.
 */
export class SystemLookup {
  readonly #giveUpMs: number;
  readonly #ask: AskSystem;
  readonly #waiting = new Set<Waiting>();
  #running = 0;

  constructor(options: SystemLookupOptions) {
    this.#giveUpMs = options.giveUpMs;
    this.#ask = options.ask ?? ((host) => lookup(host, { all: true }));
  }

  /** Rejects with `ETIMEOUT` when it was given up, else with the resolver's own error. */
  resolve(host: string): Promise<LookupAddress[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        const error = new Error(`the system did not resolve ${host} in time`);
        reject(Object.assign(error, { code: 'ETIMEOUT' }));
      }, this.#giveUpMs);
      const waiting: Waiting = {
        host,
        ended: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
      };
      this.#waiting.add(waiting);
      this.#startNext();
    });
  }

  #startNext(): void {
    for (const waiting of this.#waiting) {
      if (this.#running >= AT_A_TIME) return;
      this.#waiting.delete(waiting);
      this.#running += 1;
      const answer = this.#ask(waiting.host);
      // A look-up that was given up still blocks its thread: its place is free when it really ends.
      const ended = (): void => {
        this.#running -= 1;
        waiting.ended(answer);
        this.#startNext();
      };
      answer.then(ended, ended);
    }
  }
}
