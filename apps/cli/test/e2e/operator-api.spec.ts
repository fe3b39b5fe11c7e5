import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorTokensStore } from '@app/operations';
import { type ApiClient, Deployment, freePort, type SeededIntegration } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

let deployment: Deployment;
let api: ApiClient;
let ours: SeededIntegration;
let tokens: OperatorTokensStore;
let directory: string;
const cli = new CliProcess('');

beforeAll(async () => {
  await buildProgram();
  directory = mkdtempSync(join(tmpdir(), 'operator-'));
  deployment = await Deployment.create();
  [api, ours] = await Promise.all([deployment.startApi(), deployment.integration()]);
  tokens = new OperatorTokensStore(deployment.dataSource);
}, 180_000);
afterAll(async () => {
  await deployment?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

let named = 0;
async function over(role: 'viewer' | 'operator' = 'operator', url = api.url) {
  const name = `operator ${(named += 1)}`;
  const { token } = await tokens.create({ name, role });
  return { name, token, env: { OPERATOR_API_URL: url, OPERATOR_TOKEN: token } };
}

describe('the command line over the operator API', () => {
  it('needs no database, and acts in the name of its token', async () => {
    const { name, env } = await over();
    const { integrationId } = ours;
    const pause = ['queue', 'pause', '--integration', integrationId, '--reason', 'maintenance'];
    expect(await cli.json(pause, env)).toMatchObject({ outcome: 'CHANGED' });
    expect(await cli.json(['audit', 'list'], env)).toMatchObject([
      { actor: name, action: 'pause', reason: 'maintenance', integrationId },
    ]);
    expect(await cli.json(['queue', 'list', '--paused'], env)).toMatchObject([{ integrationId }]);
    const actor = await cli.run([...pause, '--actor', 'Ada'], env);
    expect(actor).toMatchObject({ code: 1, stdout: '' });
    expect(actor.stderr).toContain('the token says who acts');
  });

  it('says the same as on the database', async () => {
    const { env } = await over();
    const onDatabase = new CliProcess(deployment.database.url);
    for (const args of [
      ['queue', 'list', '--integration', ours.integrationId],
      ['queue', 'show', '--integration', ours.integrationId],
      ['queue', 'unblock', '--integration', ours.integrationId],
      ['queue', 'unblock', '--integration', '00000000-0000-4000-8000-000000000000'],
      ['message', 'show', '--id', '00000000-0000-4000-8000-000000000000'],
      ['dead-letter', 'list'],
    ]) {
      expect(await cli.run(args, env), args.join(' ')).toEqual(await onDatabase.run(args));
    }
  });

  it('reads its token from a file', async () => {
    const { env } = await over('viewer');
    const file = join(directory, 'token');
    writeFileSync(file, `${env.OPERATOR_TOKEN}\n`);
    const { OPERATOR_API_URL } = env;
    const list = ['queue', 'list', '--integration', ours.integrationId];
    expect(await cli.json(list, { OPERATOR_API_URL, OPERATOR_TOKEN_FILE: file })).toHaveLength(1);
  });

  it('tells what the API refuses, and what to do', async () => {
    const { name, token, env } = await over('viewer');
    const resume = ['queue', 'resume', '--integration', ours.integrationId];
    expect(await cli.run(resume, env)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: resumeQueue needs the role operator; ` +
        '`operator create --role operator` gives out such tokens\n',
    });
    await tokens.revoke({ name });
    const revoked = await cli.run(['queue', 'list'], env);
    expect(revoked).toMatchObject({ code: 1, stdout: '' });
    expect(revoked.stderr).toBe(
      'error: a valid token is needed: it was revoked; ' +
        'set OPERATOR_TOKEN to one that `operator list` shows as ACTIVE\n',
    );
    expect(revoked.stderr).not.toContain(token);
  });

  it('reads lists of many pages, and waits where it is asked to', async () => {
    await deployment.database.query(
      `INSERT INTO integration_queue (queue_id, integration_id, application_id, organization_id)
       SELECT id, id, $1, 'many' FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 450)) AS i`,
      [ours.applicationId],
    );
    const limited = await deployment.startApi({ API_RATE_LIMIT_PER_SECOND: '2' });
    const { env } = await over('viewer', `${limited.url}/`);
    const rows = await cli.json<{ integrationId: string }[]>(
      ['queue', 'list', '--organization', 'many'],
      env,
    );
    expect(new Set(rows.map(({ integrationId }) => integrationId)).size).toBe(450);
    const requests = deployment.apis.at(-1)?.log.of('request.answered') ?? [];
    expect(requests.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  });

  it('names what does not answer', async () => {
    const { env } = await over('viewer', `http://127.0.0.1:${await freePort()}`);
    const gone = await cli.run(['queue', 'list'], env);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toContain(
      `error: no answer from the operator API at ${env.OPERATOR_API_URL}`,
    );
    expect(gone.stderr).toContain('ECONNREFUSED');
    expect(gone.stderr).not.toContain(env.OPERATOR_TOKEN);
  });

  it.each<[string, number, Record<string, string>, string, string]>([
    ['a redirect', 302, { Location: 'https://elsewhere.example/' }, '', 'redirect'],
    ['a page', 200, {}, '<html>', 'status 200 without a GraphQL answer'],
    ['an error of a gateway', 502, {}, 'Bad Gateway', 'status 502 without a GraphQL answer'],
    ['null', 200, {}, 'null', 'status 200 without a GraphQL answer'],
  ])('does not take %s for an answer', async (_, status, headers, body, reason) => {
    const asked: (string | undefined)[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status, headers).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const { env } = await over('viewer', `http://127.0.0.1:${port}/below`);
    const { code, stdout, stderr } = await cli.run(['queue', 'list'], env);
    server.close();
    expect({ code, stdout, asked }).toEqual({
      code: 1,
      stdout: '',
      asked: ['/below/operator/graphql'],
    });
    expect(stderr).toContain(reason);
  });

  it('is not begun with half of what it needs, nor without encryption', async () => {
    const { env } = await over('viewer');
    const { OPERATOR_API_URL, OPERATOR_TOKEN } = env;
    const url = await cli.run(['queue', 'list'], { OPERATOR_API_URL });
    expect(url.stderr).toContain('OPERATOR_TOKEN is missing');
    const token = await cli.run(['queue', 'list'], { OPERATOR_TOKEN });
    expect(token.stderr).toContain('OPERATOR_API_URL is missing');
    const plain = { OPERATOR_API_URL: 'http://webhooks.example', OPERATOR_TOKEN };
    const { code, stderr } = await cli.run(['queue', 'list'], plain);
    expect(code).toBe(1);
    expect(stderr).toContain('expected an https URL');
    expect(stderr).not.toContain(OPERATOR_TOKEN);
  });
});
