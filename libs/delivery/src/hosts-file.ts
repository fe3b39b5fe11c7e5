import { readFile } from 'node:fs/promises';

/** An entry that an operator adds is seen after this long. */
const READ_AGAIN_MS = 10_000;

/**
 * The names of /etc/hosts (hosts(5)). What stands there is said for this machine and comes before
 * any name server, as everywhere else on it. A machine without the file has no such names.
 */
export class HostsFile {
  #names: Promise<ReadonlySet<string>> | undefined;
  #readAgainAt = 0;

  constructor(private readonly path = '/etc/hosts') {}

  /** `name` in lower case. */
  async has(name: string): Promise<boolean> {
    const now = performance.now();
    if (this.#names === undefined || now >= this.#readAgainAt) {
      this.#names = this.#read();
      this.#readAgainAt = now + READ_AGAIN_MS;
    }
    return (await this.#names).has(name);
  }

  async #read(): Promise<ReadonlySet<string>> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().toLowerCase());
    return new Set(lines.flatMap((line) => line.split(/\s+/).slice(1)));
  }
}
