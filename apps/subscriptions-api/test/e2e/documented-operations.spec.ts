import { randomUUID } from 'node:crypto';
import { OperatorTokensStore } from '@app/operations';
import { type ApiClient, Deployment, type SeededIntegration } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument, DOCUMENTED_HOST, shapeOf } from './documentation/document.js';
import { bash, shells } from './documentation/programs.js';

const document = new ApiDocument('OPERATOR_API.md');

/** How the documentation calls the command line, and what that is when it is built. */
const DOCUMENTED_COMMAND = 'npm run --silent cli --';
const COMMAND = `${process.execPath} dist/apps/cli/src/main.js`;

let deployment: Deployment;
let api: ApiClient;
let ours: SeededIntegration;
let messages: readonly string[];

beforeAll(async () => {
  deployment = await Deployment.create();
  [api, ours] = await Promise.all([deployment.startApi(), deployment.integration()]);
  messages = await block(ours);
});
afterAll(() => deployment?.dispose());

/** Two messages, the first of which was refused; returns their ids. */
async function block({ integrationId }: SeededIntegration): Promise<readonly string[]> {
  const webhookId = await deployment.webhook({ integrationId });
  const ids = [randomUUID(), randomUUID()];
  const { database } = deployment;
  await database.query(
    `SELECT enqueue_messages(array[$1, $1]::uuid[], $2::uuid[], array[$3, $3]::uuid[],
       array['order/created', 'order/created'], array[0, 0], array[0, 1]::bigint[], array['{}', '{}']::bytea[])`,
    [integrationId, ids, webhookId],
  );
  await database.query(
    `UPDATE integration_queue SET status = 'BLOCKED', blocked_at = clock_timestamp(), attempts = 3,
       last_error_code = 'http_status', due_at = '2100-01-01T00:00:00Z' WHERE queue_id = $1`,
    [integrationId],
  );
  return ids;
}

const run = (name: string, variables: Readonly<Record<string, string>>): Promise<string> =>
  bash(
    document
      .block('bash', name)
      .replaceAll(DOCUMENTED_HOST, api.url)
      .replaceAll(DOCUMENTED_COMMAND, COMMAND),
    variables,
  );

const documented = (name: string): unknown => shapeOf(JSON.parse(document.block('json', name)));

async function tokenOf(name: string): Promise<string> {
  const tokens = new OperatorTokensStore(deployment.dataSource);
  return (await tokens.create({ name, role: 'operator' })).token;
}

it('every example of the documentation for operators is run here', () => {
  const names = document.blocks.map(({ language, name }) => `${language} ${name}`);
  const expected = ['blocked', 'command', 'create', 'skip'].map((name) => `bash ${name}`);
  expect(names.toSorted()).toEqual([...expected, 'json blocked', 'json skip']);
});

describe.each(shells)('the documented commands of operators, run by %s', () => {
  it('give out a token, list what is blocked, and skip a message once', async () => {
    const exported = Object.entries(deployment.environment).map(
      ([name, value]) => `export ${name}='${value ?? ''}'`,
    );
    const script = document.block('bash', 'create').replace(DOCUMENTED_COMMAND, COMMAND);
    const created = await bash([...exported, script].join('\n'), {});
    const { token } = JSON.parse(created) as { token: string };

    const variables = { OPERATOR_TOKEN: token };
    const blocked: unknown = JSON.parse(await run('blocked', variables));
    expect(shapeOf(blocked)).toEqual(documented('blocked'));
    const node = { integrationId: ours.integrationId, depth: 2, attempts: 3 };
    expect(blocked).toMatchObject({ data: { queues: { edges: [{ node }] } } });

    const [head = ''] = messages;
    const skipping = {
      ...variables,
      INTEGRATION_ID: ours.integrationId,
      MESSAGE_ID: head,
      REQUEST_ID: randomUUID(),
    };
    const skipped: unknown = JSON.parse(await run('skip', skipping));
    expect(shapeOf(skipped)).toEqual(documented('skip'));
    expect(skipped).toMatchObject({ data: { skipMessage: { outcome: 'CHANGED', seq: '1' } } });
    const again: unknown = JSON.parse(await run('skip', skipping));
    expect(again).toMatchObject({ data: { skipMessage: { outcome: 'CHANGED', repeated: true } } });
  });

  it('show a queue over the API, without a database', async () => {
    const script = document.block('bash', 'command').replace(DOCUMENTED_COMMAND, COMMAND);
    const env = { OPERATOR_API_URL: api.url, OPERATOR_TOKEN: await tokenOf('over the API') };
    const exported = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
    const shown = await bash([...exported, 'unset DATABASE_URL', script].join('\n'), {
      INTEGRATION_ID: ours.integrationId,
    });
    expect(shown).toContain(`integrationId: ${ours.integrationId}\n`);
    expect(shown).toContain('\nNext:\nSEQ');
  });
});
