import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, '..', '..');

let user: string;
beforeAll(async () => {
  await run('npm', ['run', 'build'], { cwd: PACKAGE });
  user = mkdtempSync(join(tmpdir(), 'webhook-receiver-'));
  await mkdir(join(user, 'node_modules', '@happycolis'), { recursive: true });
  await symlink(PACKAGE, join(user, 'node_modules', '@happycolis', 'webhook-receiver'));
});
afterAll(() => rmSync(user, { recursive: true, force: true }));

/** What stands in another package that depends on this one. */
const inOther = async (type: 'module' | 'commonjs', code: string): Promise<string> => {
  const { stdout } = await run(process.execPath, [`--input-type=${type}`, '-e', code], {
    cwd: user,
  });
  return stdout.trim();
};

const TRY = `
  try { verifyWebhook({ rawBody: Buffer.from('{}'), headers: {} }, { secrets: ['s'] }); }
  catch (error) { console.log(error instanceof WebhookError, error.code, error.status); }`;

describe('the package', () => {
  it('can be imported', async () => {
    const code = `import { verifyWebhook, WebhookError } from '@happycolis/webhook-receiver';${TRY}`;
    expect(await inOther('module', code)).toBe('true signature_missing 401');
  });

  it('can be required', async () => {
    const code = `const { verifyWebhook, WebhookError } = require('@happycolis/webhook-receiver');${TRY}`;
    expect(await inOther('commonjs', code)).toBe('true signature_missing 401');
  });

  it('has what it says in it, with types for both, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: PACKAGE });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    for (const form of ['esm', 'cjs'])
      expect(paths).toEqual(
        expect.arrayContaining([`dist/${form}/index.js`, `dist/${form}/index.d.ts`]),
      );
    const odd = paths.filter(
      (path) =>
        !/^(dist\/(esm|cjs)\/[a-z-]+\.(js|d\.ts)|dist\/cjs\/package\.json|package\.json|README\.md)$/.test(
          path,
        ),
    );
    expect(odd).toEqual([]);
  });
});
