import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { parsedUrl } from '@app/delivery';
import type { ServiceEnvironment } from './service-process.js';

/** Where it is kept; set for a whole run of tests, so that a spec at its end sees all of it. */
const DIRECTORY = 'PRINTED_DIRECTORY';

/** Shorter ones stand in texts by chance, and so do those of a few characters over and over. */
const LEAST_CHARACTERS = 12;
const LEAST_DIFFERENT = 6;

const SECRET_VARIABLE = /SECRET|PASSWORD|TOKEN|KEYS|PROXY_URL|DATABASE_URL|HEADERS/;

/** To be called once, before any process of a run of tests starts. */
export function openPrintedRecord(): string {
  const directory = mkdtempSync(join(tmpdir(), 'printed-'));
  for (const part of ['printed', 'secrets']) mkdirSync(join(directory, part));
  process.env[DIRECTORY] = directory;
  return directory;
}

/** Keeps what the service has given out: log lines, answers, metrics. */
export function recordPrinted(printed: string): void {
  const directory = process.env[DIRECTORY];
  if (directory !== undefined)
    appendFileSync(join(directory, 'printed', `${process.pid}`), printed);
}

/** Keeps a value that no process may give out. */
export function recordSecrets(...secrets: readonly string[]): void {
  const directory = process.env[DIRECTORY];
  const long = secrets.filter(
    (secret) => secret.length >= LEAST_CHARACTERS && new Set(secret).size >= LEAST_DIFFERENT,
  );
  if (directory === undefined || long.length === 0) return;
  const lines = long.map((secret) => `${JSON.stringify(secret)}\n`).join('');
  appendFileSync(join(directory, 'secrets', `${process.pid}`), lines);
}

/** Keeps what is secret of the variables of a process. */
export function recordSecretVariables(environment: ServiceEnvironment): void {
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!SECRET_VARIABLE.test(name) || name.endsWith('_FILE')) continue;
    // Of a URL the password, of lists (`id:secret,id:secret`, `name=value`) each value.
    const url = parsedUrl(value);
    if (url?.host) recordSecrets(decodeURIComponent(url.password));
    else recordSecrets(value, ...value.split(/[,:=]/).map((part) => part.trim()));
  }
}

export interface PrintedSecrets {
  /** How many secrets were looked for. */
  readonly known: number;
  readonly found: readonly string[];
}

/** Every secret of the record, in every form in which it could be given out, that stands in what was. */
export async function printedSecrets(directory: string): Promise<PrintedSecrets> {
  const secrets = new Set(
    linesOf(join(directory, 'secrets')).map((line) => JSON.parse(line) as string),
  );
  const forms = new Set([...secrets].flatMap(formsOf));
  if (forms.size === 0) return { known: 0, found: [] };
  const grep = spawn('grep', ['-rhoF', '-f', '-', join(directory, 'printed')], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  grep.stdin.end([...forms].join('\n'));
  const [found, said, [code]] = await Promise.all([
    text(grep.stdout),
    text(grep.stderr),
    once(grep, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0 && code !== 1) throw new Error(`grep ended with ${code}: ${said}`);
  const lines = found.split('\n').filter((line) => line !== '');
  return { known: secrets.size, found: [...new Set(lines)] };
}

function formsOf(secret: string): string[] {
  const whole = secret
    .split('\n')
    .filter((line) => line.length >= LEAST_CHARACTERS && !line.startsWith('---'));
  return whole.flatMap((line) => [
    line,
    JSON.stringify(line).slice(1, -1),
    encodeURIComponent(line),
    Buffer.from(line).toString('base64').replace(/=+$/, ''),
    Buffer.from(line).toString('base64url'),
    Buffer.from(line).toString('hex'),
  ]);
}

function linesOf(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n'))
    .filter((line) => line !== '');
}
