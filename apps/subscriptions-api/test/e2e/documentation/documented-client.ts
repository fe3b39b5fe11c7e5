import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENTED_HOST } from './document.js';
import { run } from './programs.js';

const HARNESS = `
import * as documented from './documented.mjs';
const [, , name, args] = process.argv;
try {
  const answer = await documented[name](...JSON.parse(args));
  console.log(JSON.stringify({ answer }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
`;

/** What a documented function came to. */
export interface Outcome {
  readonly answer?: unknown;
  readonly error?: string;
}

/** Functions of the documentation, run by Node in a process of their own. */
export class DocumentedClient {
  constructor(
    private readonly directory: string,
    code: string,
    apiUrl: string,
  ) {
    writeFileSync(join(directory, 'documented.mjs'), code.replaceAll(DOCUMENTED_HOST, apiUrl));
    writeFileSync(join(directory, 'main.mjs'), HARNESS);
  }

  async call(name: string, ...args: readonly unknown[]): Promise<Outcome> {
    const command = [process.execPath, 'main.mjs', name, JSON.stringify(args)];
    return JSON.parse(await run(command, this.directory)) as Outcome;
  }
}
