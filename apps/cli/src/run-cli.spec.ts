import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

async function run(...args: string[]) {
  const written = { out: '', err: '' };
  const code = await runCli(args, {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
  });
  return { code, ...written };
}

describe('runCli', () => {
  it.each([
    [['frobnicate'], "error: unknown command 'frobnicate'"],
    [['queue', 'lst'], '(Did you mean list?)'],
    [['queue'], 'Usage: npm run cli -- queue'],
    [[], 'Usage: npm run cli --'],
    [['queue', 'list', '--stauts', 'BLOCKED'], '(Did you mean --status?)'],
    [['queue', 'list', '--status', 'blue'], 'Allowed choices are BLOCKED, HEALTHY.'],
    [['queue', 'list', 'all'], "error: too many arguments for 'list'"],
    [['queue', 'unblock', '--json'], "error: required option '--integration <id>' not specified"],
    [['queue', 'list', '--integration', '42'], "argument '42' is invalid. It is not a UUID."],
    [['webhook', 'remove', '--id', `${ID}0`], 'It is not a UUID.'],
    [
      ['webhook', 'create', '--endpoint', 'https://a.example'],
      "'--integration <id>' not specified",
    ],
    [
      ['webhook', 'create', '--integration', ID, '--endpoint', 'x', '--type', 'order.created'],
      'It is none of the 57 event types. Did you mean order/created?',
    ],
    [
      ['webhook', 'create', '--integration', ID, '--endpoint', 'x', '--header', 'X-A'],
      "It is not of the form 'Name: value'.",
    ],
    [['application', 'create', '--name', ' '], 'It takes 1 to 200 characters'],
    [['application', 'create', '--name', 'n', '--type', 'SECRET'], 'choices are PRIVATE, PUBLIC.'],
    [
      ['integration', 'install', '--client-id', 'c', '--organization', 'o'.repeat(65)],
      'It takes 1 to 64 characters',
    ],
    [
      ['application', 'create', '--name', 'n', '--callback-url', 'ftp://a.example'],
      'It is not an https or http URL',
    ],
    [
      ['application', 'rotate-secret', '--client-id', 'c', '--overlap', '31d'],
      "argument '31d' is invalid. It is neither 0 nor a duration from 30s to 30d",
    ],
    [['application', 'suspend'], "required option '--client-id <id>' not specified"],
    [['integration', 'uninstall', '--id', '42'], 'It is not a UUID.'],
    [
      ['client', 'allow', '--client-id', 'c'],
      "required option '--organization <id>' not specified",
    ],
    [['operator', 'create', '--name', 'x'], "required option '--role <role>' not specified"],
    [
      ['operator', 'create', '--name', 'x', '--role', 'owner'],
      'Allowed choices are viewer, operator.',
    ],
    [
      ['operator', 'create', '--name', 'x', '--role', 'viewer', '--expires-in', '90'],
      'It is no duration from 1s to 3650d',
    ],
    [['operator', 'revoke'], "one of '--name <name>' and '--id <id>' is needed"],
    [['operator', 'revoke', '--name', 'a', '--id', ID], 'cannot be used with'],
    [
      ['queue', 'discard', '--integration', ID, '--message', ID],
      "required option '--reason <text>' not specified",
    ],
    [['queue', 'skip', '--integration', ID], "required option '--message <id>' not specified"],
    [
      ['queue', 'replay', '--integration', ID, '--from', '2020-01-01', '--to', 'x'],
      'It is no time with its offset',
    ],
    [['dead-letter', 'redrive'], 'say which: --id, --topic, --dead-reason or a time'],
    [['dead-letter', 'show', '--id', 'x'], 'It is no id, which is a number.'],
    [['queue', 'list', '--min-depth', '0'], 'It is not a whole number from 1 on.'],
    [['secret', 'reencrypt', 'all'], "error: too many arguments for 'reencrypt'"],
    [['dead-letter', 'list', '--limit', '0'], 'It is not a whole number from 1 to 100000.'],
    [['dead-letter', 'list', '--reason', 'bored'], 'Allowed choices are tombstone, too_large'],
  ])('ends with 2 for the wrong usage %j', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('shows on standard output the help that was asked for', async () => {
    const { code, out, err } = await run('webhook', 'create', '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Usage: npm run cli -- webhook create [options]');
    expect(out).toContain('\n  location/fulfillment_service_integration/');
    expect((await run('help')).code).toBe(0);
  });
});
