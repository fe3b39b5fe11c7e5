import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { choosePorts, portFaults, portVariables } from './chosen-ports.js';

describe('the ports of the two programs', () => {
  it('are those of the documentation where nothing is set, or empty', async () => {
    const ports = { API_PORT: 3000, PROCESSOR_PORT: 3001 };
    expect(await choosePorts({})).toEqual(ports);
    expect(await choosePorts({ API_PORT: '', PROCESSOR_PORT: '' })).toEqual(ports);
  });

  it('are two free ones for 0', async () => {
    const ports = await choosePorts({ API_PORT: '0', PROCESSOR_PORT: '0' });
    expect(ports.API_PORT).toBeGreaterThan(0);
    expect(ports.PROCESSOR_PORT).toBeGreaterThan(0);
    expect(await portFaults(ports)).toEqual([]);
  });

  it.each(['-1', '65536', 'http', '1.5', ' 3000'])(
    'leave %j to the configuration',
    async (text) => {
      const ports = await choosePorts({ API_PORT: text, PROCESSOR_PORT: '0' });
      expect(await portFaults(ports)).toEqual([]);
      expect(Object.keys(portVariables(ports))).toEqual(['PROCESSOR_PORT']);
    },
  );

  it('must not be the same', async () => {
    const ports = await choosePorts({ API_PORT: '3001' });
    expect(await portFaults(ports)).toEqual([
      expect.stringMatching(/^API_PORT and PROCESSOR_PORT are both 3001:/),
    ]);
  });

  it.each(['API_PORT', 'PROCESSOR_PORT'])('names %s when its port is taken', async (name) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const others = { API_PORT: '0', PROCESSOR_PORT: '0' };
    const faults = await portFaults(await choosePorts({ ...others, [name]: String(port) }));
    expect(faults).toEqual([
      expect.stringMatching(`^port ${port} is taken: set ${name} to a free one \\(${name}=\\d+ `),
    ]);
    server.close();
    await once(server, 'close');
  });
});
