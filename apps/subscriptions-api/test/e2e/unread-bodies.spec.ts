import { once } from 'node:events';
import { connect } from 'node:net';
import { Deployment, TcpProxy, type ApiClient } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let api: ApiClient;
let token: string;

beforeAll(async () => {
  deployment = await Deployment.create();
  [api, { token }] = await Promise.all([
    deployment.startApi({ API_RATE_LIMIT_PER_MINUTE: '1000' }),
    deployment.integration(),
  ]);
});
afterAll(() => deployment?.dispose());

/** Far more than the buffers of both sides hold, and far less than a second lets through. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Of the transfer coding: nothing tells the server beforehand how much will come. */
const CHUNK = Buffer.from(`10000\r\n${'x'.repeat(0x1_00_00)}\r\n`);

interface Flood {
  readonly status: number;
  /** The head of the answer, in lower case. */
  readonly head: string;
  /** What was sent until the connection ended. */
  readonly sent: number;
}

/** Sends a body without end, whatever is answered, until the server closes the connection. */
async function flood(url: string, path: string, headers: readonly string[]): Promise<Flood> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let answer = '';
  let sent = 0;
  socket.on('error', () => undefined);
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  await once(socket, 'connect');
  const lines = [`POST ${path} HTTP/1.1`, 'Host: a', 'Transfer-Encoding: chunked', ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const pump = (fault?: Error | null): void => {
    if (sent > MOST_BYTES) socket.destroy();
    if (fault || socket.destroyed) return;
    sent += CHUNK.length;
    socket.write(CHUNK, pump);
  };
  const closed = new Promise((resolve) => socket.once('close', resolve));
  pump();
  await closed;
  const [head = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), sent };
}

const JSON_BODY = 'Content-Type: application/json';
const FORM_BODY = 'Content-Type: application/x-www-form-urlencoded';

describe('a body without end is not read', () => {
  it.each<[string, number, string, readonly string[]]>([
    ['of a stranger', 401, '/graphql', [JSON_BODY]],
    ['of a bearer, where it becomes too large', 413, '/graphql', [JSON_BODY, 'Authorization']],
    ['at an unknown path', 404, '/nothing', [JSON_BODY]],
    ['below a path', 404, '/graphql/x', [JSON_BODY]],
    ['of a method that is not taken', 405, '/oauth2/me', [JSON_BODY, 'Authorization']],
    ['of a form', 400, '/token', [FORM_BODY]],
    ['that is no form', 400, '/token', [JSON_BODY]],
    ['of a health check', 404, '/health/live', [JSON_BODY]],
  ])('%s: %d at %s', async (_, status, path, headers) => {
    const given = headers.map((each) =>
      each === 'Authorization' ? `Authorization: Bearer ${token}` : each,
    );
    const { status: answered, head, sent } = await flood(api.url, path, given);
    expect(answered).toBe(status);
    expect(head).toContain('connection: close');
    expect(sent).toBeLessThan(MOST_BYTES);
  });

  it('of whoever has to wait, nor while the database is away', async () => {
    const proxy = await TcpProxy.start(deployment.database.url);
    const poor = await deployment.startApi({
      DATABASE_URL: proxy.through(deployment.database.url),
      API_RATE_LIMIT_PER_MINUTE: '1',
    });
    const other = await deployment.integration();
    await poor.query(token, '{ webhookTypes { type } }');
    const floodOf = (bearer: string) =>
      flood(poor.url, '/graphql', [JSON_BODY, `Authorization: Bearer ${bearer}`]);
    const floods = [await floodOf(token), await floodOf(token)];
    proxy.goDown();
    floods.push(await floodOf(other.token));
    expect(floods.map(({ status }) => status)).toEqual([429, 429, 503]);
    for (const { sent } of floods) expect(sent).toBeLessThan(MOST_BYTES);
    await proxy.close();
  });
});

describe('a small body', () => {
  it('that has arrived keeps its connection, although nobody read it', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let answers = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answers += text));
    const request = `POST /graphql HTTP/1.1\r\nHost: a\r\n${JSON_BODY}\r\nContent-Length: 2\r\n\r\n{}`;
    const statuses = () => answers.match(/HTTP\/1.1 401/g)?.length ?? 0;
    socket.write(request);
    while (statuses() < 1) await once(socket, 'data');
    socket.write(request);
    while (statuses() < 2) await once(socket, 'data');
    expect(answers.toLowerCase()).not.toContain('connection: close');
    socket.destroy();
  });
});
