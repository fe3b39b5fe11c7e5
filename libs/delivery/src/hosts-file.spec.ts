import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostsFile } from './hosts-file.js';
import { NameResolver } from './name-resolver.js';

describe('the hosts file', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'hosts-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const hosts = (text: string): HostsFile => {
    const path = join(directory, 'hosts');
    writeFileSync(path, text);
    return new HostsFile(path);
  };

  it('gives every name of a line, whatever its case, and none of a comment', async () => {
    const file = hosts(
      '# 10.0.0.9 no.test\n10.0.0.1\tOne.test two.test # three.test\n\n::1 six.test',
    );
    const names = ['one.test', 'two.test', 'six.test', 'three.test', 'no.test', '10.0.0.1'];
    expect(await Promise.all(names.map((name) => file.has(name)))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('may be missing', async () => {
    expect(await new HostsFile(join(directory, 'nothing')).has('one.test')).toBe(false);
  });

  it('comes before the name servers, be they silent', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const resolver = new NameResolver({
      giveUpMs: 1_000,
      servers: [`127.0.0.1:${silent.address().port}`],
      queryTimeoutMs: 50,
      hosts: hosts('10.0.0.1 one.test'),
      askSystem: () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]),
    });
    expect(await resolver.resolve('One.test')).toEqual([{ address: '10.0.0.1', family: 4 }]);
    await expect(resolver.resolve('two.test')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    silent.close();
  });
});
