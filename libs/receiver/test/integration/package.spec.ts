import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, waitFor } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRET, signedRequest, type SignedRequest } from '../signed-request.js';

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, '../..');
const ROOT = join(PACKAGE, '../..');

let directory: string;
let installed: string;
let files: string[];

/** The package as it is published, built anew, unpacked where `consumer` files find it by its name. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'webhook-receiver-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory], {
    cwd: PACKAGE,
  });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error(`npm pack said ${stdout}`);
  files = packed.files.map(({ path }) => path);
  installed = join(directory, 'node_modules', '@happycolis', 'webhook-receiver');
  mkdirSync(installed, { recursive: true });
  const tarball = join(directory, packed.filename);
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
}, 120_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe('the package', () => {
  it('is what was built from the sources, its description and its README, and nothing else', () => {
    const modules = readdirSync(join(PACKAGE, 'src'))
      .filter((name) => !name.endsWith('.spec.ts'))
      .map((name) => name.replace(/\.ts$/, ''));
    const built = ['cjs', 'esm'].flatMap((kind) =>
      modules.flatMap((name) => [`dist/${kind}/${name}.js`, `dist/${kind}/${name}.d.ts`]),
    );
    const expected = [...built, 'dist/cjs/package.json', 'package.json', 'README.md'];

    expect([...files].sort()).toEqual(expected.sort());
    expect(modules).toContain('index');
  });

  it('needs nothing but Node', () => {
    const description = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as object;
    const imported = files
      .filter((file) => file.endsWith('.js') || file.endsWith('.d.ts'))
      .map((file) => readFileSync(join(installed, file), 'utf8'))
      .flatMap((text) => [...text.matchAll(/(?:from|require\(|import\()\s*["']([^"']+)["']/g)])
      .map(([, name = '']) => name);

    expect(Object.keys(description).filter((key) => /dependencies/i.test(key))).toEqual([]);
    expect(imported).toContain('node:crypto');
    expect(imported.filter((name) => !/^(node:|\.\/)/.test(name))).toEqual([]);
  });
});

/** What both kinds of modules do with it, and print. */
const USE = `
  const { rawBody, headers } = JSON.parse(process.argv[2]);
  const request = { rawBody: Buffer.from(rawBody), headers };
  const receiver = new WebhookReceiver({ secrets: '${SECRET}', store: new MemoryStore() });
  const forged = { ...request, headers: { 'x-happycolis-webhook-signature': 'x' } };
  (async () => {
    const said = [];
    for (let time = 0; time < 2; time += 1) {
      said.push((await receiver.receive(request, () => undefined)).outcome);
    }
    said.push(await receiver.receive(forged, () => undefined).catch(statusOf));
    process.stdout.write(JSON.stringify(said));
  })();
`;

describe.each([
  ['imported', 'consumer.mjs', (names: string) => `import ${names} from 'PACKAGE';`],
  ['required', 'consumer.cjs', (names: string) => `const ${names} = require('PACKAGE');`],
])('the package, %s by Node', (_how, name, load) => {
  it('works', async () => {
    const loading = load('{ MemoryStore, statusOf, WebhookReceiver }');
    const code = `${loading.replace('PACKAGE', '@happycolis/webhook-receiver')}\n${USE}`;
    const { rawBody, headers } = signedRequest();
    const request = JSON.stringify({ rawBody: rawBody.toString(), headers });

    const { stdout } = await run(process.execPath, [write(name, code), request]);

    expect(JSON.parse(stdout)).toEqual(['processed', 'duplicate', 401]);
  });
});

describe('the README', () => {
  it('starts with a receiver that works as it stands there', async () => {
    const readme = readFileSync(join(installed, 'README.md'), 'utf8');
    const [, block = ''] = /```js start\n(.*?)```/s.exec(readme) ?? [];
    const port = await freePort();
    const file = write('start.mjs', block.replace('listen(3000)', `listen(${port})`));
    const child = spawn(process.execPath, [file], {
      env: { CLIENT_SECRET: SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    const post = async ({ rawBody, headers }: SignedRequest) => {
      const body = new Uint8Array(rawBody);
      return (await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body })).status;
    };
    try {
      const request = signedRequest();
      expect(await waitFor(() => post(request).catch(() => null))).toBe(204);
      expect(await post(request)).toBe(204);
      expect(await post({ ...request, rawBody: Buffer.from('{}') })).toBe(401);
      expect(await post(signedRequest({ body: '"last"' }))).toBe(204);

      const lines = await waitFor(() => said.includes('last') && said.trim().split('\n'));
      expect(lines).toEqual(['order/created { price: 10 }', 'order/created last']);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('the types of the package', () => {
  const consumer = (flawed: boolean) => `
    import { MemoryStore, WebhookReceiver, type WebhookErrorCode } from '@happycolis/webhook-receiver';
    const receiver = new WebhookReceiver({ secrets: ['s'], store: new MemoryStore() });
    export const code: WebhookErrorCode = '${flawed ? 'no such code' : 'stale'}';
    export const received = receiver.receive<{ id: string }>(
      { rawBody: new Uint8Array(), headers: {} },
      ({ body, header }, { transaction }) => { void [body.id.length, header.date, transaction]; },
    );
  `;

  /** Without the types of Node or of anything else. */
  async function compiled(name: string, code: string): Promise<string> {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'node18', '--target', 'es2022'];
    const args = [tsc, ...options, '--lib', 'es2022', write(name, code)];
    return run(process.execPath, args, { cwd: directory }).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  }

  it.each(['consumer.mts', 'consumer.cts'])('are found by %s, and are right', async (name) => {
    expect(await compiled(name, consumer(false))).toBe('');
    expect(await compiled(name, consumer(true))).toContain('is not assignable to type');
  });
});
