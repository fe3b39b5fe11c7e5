import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

interface Case {
  readonly file: string;
  readonly code: string;
  /** A part of what the linter says; undefined where it must say nothing. */
  readonly says: string | undefined;
}

const cases: Case[] = [];

function refused(says: string, file: string, ...codes: string[]): void {
  for (const code of codes) cases.push({ file, code, says });
}

function allowed(file: string, ...codes: string[]): void {
  for (const code of codes) cases.push({ file, code, says: undefined });
}

const from = (module: string) => `export { thing } from '${module}';`;
const lines = (count: number) => 'export {};\n'.repeat(count);
const functionOf = (length: number) => `export function f() {\n${'f();\n'.repeat(length - 2)}}`;

// Which lib may know which.
refused('imports nothing', 'libs/events/src/a.ts', from('@app/queue'), from('typeorm'));
refused('know only @app/events', 'libs/formatters/src/a.ts', from('@app/queue'));
refused('know only @app/events', 'libs/subscriptions/src/a.ts', from('@app/database'));
refused('know only @app/events', 'libs/subscriptions/src/a.query.ts', from('@app/queue'));
refused('knows only @app/events', 'libs/delivery/src/a.ts', from('@app/applications'));
refused('no transport', 'libs/delivery/src/a.ts', from('typeorm'), from('@nestjs/microservices'));
refused('libs/queue knows', 'libs/queue/src/a.ts', from('@app/formatters'), from('@app/database'));
refused('libs/queue knows', 'libs/queue/src/a.store.ts', from('@app/platform'));
refused('know only @app/events', 'libs/applications/src/a.ts', from('@app/subscriptions'));
refused('know only @app/events', 'libs/applications/src/a.store.ts', from('@app/queue'));
refused('libs/operations knows', 'libs/operations/src/a.ts', from('@app/delivery'));
refused('libs/operations knows', 'libs/operations/src/a.query.ts', from('@app/platform'));
refused('graphql-js alone', 'libs/operations/src/a.ts', from('@nestjs/common'), from('kafkajs'));
refused('typeorm and pg stay', 'libs/operations/src/a.ts', from('typeorm'));
refused('the database alone', 'libs/operations/src/a.store.ts', from('undici'));
refused('imports none of our libs', 'libs/platform/src/a.ts', from('@app/events'));
refused('knows what it counts', 'libs/metrics/src/a.ts', from('@app/formatters'));
refused('knows @app/platform alone', 'libs/database/src/a.ts', from('@app/queue'));
refused('libs/tracing knows', 'libs/tracing/src/a.ts', from('@app/database'));
refused('has no driver', 'libs/tracing/src/a.ts', from('typeorm'));
refused('stays in libs/tracing', 'libs/queue/src/a.ts', from('@opentelemetry/api'));
refused('stays in libs/tracing', 'apps/cli/src/a.ts', from('@opentelemetry/sdk-trace-base'));
allowed('libs/tracing/src/a.ts', from('@app/queue'), from('@opentelemetry/api'));
allowed('libs/database/src/a.ts', from('@app/platform'));
allowed('libs/applications/src/a.store.ts', from('@app/events'), from('typeorm'));
allowed('libs/formatters/src/a.ts', from('@app/events'), from('./b.js'), from('@nestjs/common'));
allowed('libs/operations/src/a.ts', from('graphql'), from('@app/queue'), from('@app/database'));
allowed('libs/operations/src/a.query.ts', from('typeorm'), from('@app/applications'));
allowed('libs/queue/src/a.ts', from('@app/subscriptions'), from('@app/delivery'));
allowed('apps/cli/src/a.ts', from('@app/queue'), from('@app/platform'));

// What is published alone.
refused('published alone', 'libs/receiver/src/a.ts', from('@app/events'), from('pg'));
refused('published alone', 'libs/receiver/src/a.ts', from('@nestjs/common'), from('nodemailer'));
refused('published alone', 'libs/receiver/src/a.ts', from('../../delivery/src/index.js'));
refused('shares no code', 'libs/delivery/src/a.ts', from('@happycolis/webhook-receiver'));
refused('shares no code', 'libs/queue/src/a.store.ts', from('@happycolis/webhook-receiver'));
refused('shares no code', 'libs/testing/src/a.ts', from('@happycolis/webhook-receiver'));
refused('shares no code', 'apps/demo/src/a.ts', from('@happycolis/webhook-receiver'));
refused('imports nothing', 'libs/events/src/a.ts', from('@happycolis/webhook-receiver'));
refused(
  'to be copied',
  'libs/receiver/examples/a.ts',
  from('@app/events'),
  from('../src/index.js'),
);
refused('to be copied', 'libs/receiver/examples/a.store.ts', from('pg'));
allowed('libs/receiver/src/a.ts', from('node:crypto'), from('./b.js'), from('../b.js'));
allowed('libs/receiver/examples/a.ts', from('@happycolis/webhook-receiver'), from('express'));
allowed('libs/receiver/test/integration/a.spec.ts', from('@app/delivery'), from('pg'));

// A lib is imported whole, and an app not at all.
refused('whole', 'apps/cli/src/a.ts', from('@app/queue/src/queue.store.js'));
refused('whole', 'libs/queue/test/integration/a.spec.ts', from('@app/events/src/catalogue.js'));
refused('whole', 'libs/queue/src/a.ts', from('../../delivery/src/index.js'));
refused(
  'never import each other',
  'apps/cli/src/a.ts',
  from('../../notification-processor/src/b.js'),
);
refused('never import each other', 'apps/cli/test/e2e/a.spec.ts', from('../../../other/src/b.js'));
allowed('apps/cli/test/e2e/a.spec.ts', from('../../src/program.js'), from('@app/testing'));

// Drivers, and what is for tests.
const transport = 'apps/notification-processor/src/kafka/a.ts';
refused('kafkajs stays', 'apps/notification-processor/src/a.ts', from('kafkajs'));
refused('kafkajs stays', 'libs/queue/src/a.ts', from('kafkajs/src/index.js'));
refused('typeorm and pg stay', 'libs/queue/src/a.ts', from('typeorm'), from('pg'));
refused('typeorm and pg stay', transport, from('typeorm'));
refused('undici stays', 'apps/cli/src/a.ts', from('undici'));
refused('prom-client stays', 'apps/cli/src/a.ts', from('prom-client'));
refused('prom-client stays', 'libs/queue/src/a.ts', from('prom-client'));
refused('it has no driver', 'libs/metrics/src/a.ts', from('kafkajs'), from('typeorm'));
allowed('libs/metrics/src/a.ts', from('prom-client'), from('@app/queue'), from('@app/platform'));
refused('undici stays', 'libs/testing/src/a.ts', from('undici'));
refused('the database alone', 'libs/queue/src/a.store.ts', from('kafkajs'), from('undici'));
refused('@app/testing is for', 'apps/cli/src/a.ts', from('@app/testing'));
refused('@app/testing is for', transport, from('@app/testing'));
allowed(transport, from('kafkajs'));
allowed('libs/queue/src/a.store.ts', from('typeorm'));
allowed('libs/applications/src/a.entity.ts', from('typeorm'));
allowed('libs/database/src/a.ts', from('pg'));
allowed('libs/delivery/src/a.ts', from('undici'));
allowed('libs/testing/src/a.ts', from('pg'), from('kafkajs'), from('@app/queue'));
allowed('apps/demo/src/a.ts', from('kafkajs'), from('@app/testing'));

// The environment.
refused('process.env', 'libs/queue/src/a.ts', 'export const a = process.env.HOME;');
refused('Only libs/platform', 'libs/queue/src/a.ts', 'export const { env } = process;');
refused('Use the global process', 'apps/cli/src/a.ts', "export { env } from 'node:process';");
allowed('libs/platform/src/a.ts', 'export const a = process.env.HOME;');
allowed('scripts/a.ts', 'export const a = process.env.HOME;');

// Sizes, exports, leftovers.
refused('too many lines', 'libs/queue/src/a.ts', lines(301), functionOf(41));
refused('too many lines', 'libs/queue/src/a.spec.ts', lines(401));
refused('too many parameters', 'libs/queue/src/a.ts', 'export const a = (b, c, d, e, f, g) => b;');
refused('named exports', 'libs/queue/src/a.ts', 'export default 1;');
refused('console', 'libs/queue/src/a.ts', "console.log('a');");
refused('any', 'libs/queue/src/a.ts', 'export const a = (b: any) => b;');
refused('non-null', 'libs/queue/src/a.ts', 'export const a = (b?: string) => b!;');
refused('ts-ignore', 'libs/queue/src/a.ts', '// @ts-ignore\nexport const a = 1;');
refused('todo', 'libs/queue/src/a.ts', '// TODO: later\nexport const a = 1;');
refused('kebab', 'libs/queue/src/someThing.ts', 'export const a = 1;');
allowed('libs/queue/src/a.ts', lines(300), functionOf(40));
allowed('libs/queue/src/a.spec.ts', lines(400), functionOf(41));
allowed('apps/cli/src/a.ts', "console.log('a');");

// Tests.
const test = (call: string) =>
  `import { expect, it } from 'vitest';\n${call}('a', () => { expect(1).toBe(1); });`;
const suite = (call: string) =>
  `import { describe, it, expect } from 'vitest';\n${call}('a', () => { ${test('it').split('\n')[1]} });`;
refused('focus', 'libs/queue/src/a.spec.ts', test('it.only'), suite('describe.only'));
refused('skip', 'libs/queue/src/a.spec.ts', test('it.skip'), suite('describe.skip'));
refused('no assertions', 'libs/queue/src/a.spec.ts', test('it').replace('expect(1).toBe(1);', ''));
allowed('libs/queue/src/a.spec.ts', test('it'), suite('describe'));

// What needs types.
const wait = 'async function wait() {}\n';
refused(
  'Promises must be awaited',
  'libs/queue/src/a.ts',
  `${wait}export const f = () => { wait(); };`,
);
refused(
  'exhaustive',
  'libs/queue/src/a.ts',
  "export function f(a: 'b' | 'c') { switch (a) { case 'b': } }",
);
allowed('libs/queue/src/a.ts', `${wait}export const f = () => wait();`);

describe('the linter', () => {
  let directory: string;
  let said: ReadonlyMap<string, string>;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lint-boundaries-'));
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(directory, '.oxlintrc.json'));
    const options = { strict: true, module: 'nodenext', target: 'es2023' };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    for (const [index, { file, code }] of cases.entries()) {
      const path = join(directory, placeOf(file, index));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
    }
    const cycle = join(directory, 'libs/queue/src/cycle');
    mkdirSync(cycle);
    writeFileSync(join(cycle, 'a.ts'), "export { b } from './b.js';\nexport const a = 1;");
    writeFileSync(join(cycle, 'b.ts'), "export { a } from './a.js';\nexport const b = 1;");
    said = await lint(directory);
  }, 30_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(
    cases.map((rule, index) => ({ ...rule, index })).filter(({ says }) => says !== undefined),
  )('refuses in $file: $code', ({ file, index, says }) => {
    expect(said.get(placeOf(file, index))).toContain(says);
  });

  it.each(
    cases.map((rule, index) => ({ ...rule, index })).filter(({ says }) => says === undefined),
  )('allows in $file: $code', ({ file, index }) => {
    expect(said.get(placeOf(file, index))).toBeUndefined();
  });

  it('refuses files that import each other in a circle', () => {
    expect(said.get('libs/queue/src/cycle/a.ts')).toContain('cycle');
  });
});

/** A folder of its own for each case, deep inside, so that the globs of the rules still match. */
function placeOf(file: string, index: number): string {
  const [, head = '', name = ''] = /^(.*\/)?([^/]+)$/.exec(file) ?? [];
  return `${head}case-${index}/${name}`;
}

/** One run for all cases. @returns what was said, by file. */
async function lint(directory: string): Promise<ReadonlyMap<string, string>> {
  const output = await new Promise<string>((resolve, reject) => {
    const command = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const args = [command, '--type-aware', '-c', '.oxlintrc.json', '-f', 'json', '.'];
    const options = { cwd: directory, maxBuffer: 2 ** 24 };
    execFile(process.execPath, args, options, (_error, stdout, stderr) =>
      stdout.includes('"diagnostics"') ? resolve(stdout) : reject(new Error(stdout + stderr)),
    );
  });
  const report: unknown = JSON.parse(output);
  const said = new Map<string, string>();
  for (const { filename, message, help = '' } of (report as { diagnostics: Diagnostic[] })
    .diagnostics) {
    const file = relative(directory, join(directory, filename));
    said.set(file, `${said.get(file) ?? ''}${message} ${help}\n`);
  }
  return said;
}

interface Diagnostic {
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}
