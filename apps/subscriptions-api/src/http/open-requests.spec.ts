import { once } from 'node:events';
import { Agent, createServer, get, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OpenRequests } from './open-requests.js';

/** A server that keeps its connections for ever and answers when the test does. */
async function scene() {
  const server = createServer({ keepAliveTimeout: 0 });
  const requests = new OpenRequests(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const asked = async (): Promise<ServerResponse> => {
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    return response;
  };
  return { server, requests, port, asked };
}

async function connected(port: number, text = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const bodyOf = async (url: string, agent: Agent): Promise<string> => {
  const [answer] = await once(get(url, { agent }), 'response');
  return (await answer.toArray()).join('');
};

describe('OpenRequests', () => {
  it('is done when what is under way is answered, and not before', async () => {
    const { requests, port, asked } = await scene();
    const asking = asked();
    const agent = new Agent({ keepAlive: true });
    const answer = bodyOf(`http://127.0.0.1:${port}/`, agent);
    const response = await asking;
    let done = false;
    const finished = requests.finish().then(() => (done = true));
    // A connection is refused, so the server has been told; what is under way goes on.
    const [refusal] = (await once(connect(port, '127.0.0.1'), 'error')) as [{ code: string }];
    expect([refusal.code, done]).toEqual(['ECONNREFUSED', false]);
    response.end('answered');
    expect(await answer).toBe('answered');
    await finished;
  });

  it('is not held up by connections without a request, and closes them', async () => {
    const { server, requests, port, asked } = await scene();
    const silent = await connected(port);
    const half = await connected(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-');
    const asking = asked();
    const idle = await connected(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    (await asking).end();
    await once(idle, 'data');
    const ends = [silent, half, idle].map((socket) => once(socket.resume(), 'close'));
    const closed = once(server, 'close');
    await requests.finish();
    await requests.cutOff();
    await Promise.all([...ends, closed]);
    expect([silent, half, idle].every(({ closed: isClosed }) => isClosed)).toBe(true);
  });

  it('cuts off what is not answered, and is done when whoever works at it knows', async () => {
    const { requests, port, asked } = await scene();
    const asking = asked();
    const socket = await connected(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    let knows = false;
    (await asking).once('close', () => (knows = true));
    void requests.finish();
    await requests.cutOff();
    expect(knows).toBe(true);
    await once(socket.resume(), 'close');
    expect(socket.bytesRead).toBe(0);
  });
});
