import { OperatorAuthenticator, OperatorBearerQuery } from '@app/operations';
import { type TestDatabase, createTestDatabase } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, buildProgram } from '../cli-process.js';

interface Created {
  readonly id: string;
  readonly token: string;
}

describe('operator tokens', () => {
  let database: TestDatabase;
  let authenticator: OperatorAuthenticator;
  let cli: CliProcess;
  beforeAll(async () => {
    await buildProgram();
    database = await createTestDatabase();
    authenticator = new OperatorAuthenticator(new OperatorBearerQuery(await database.dataSource()));
    cli = new CliProcess(database.url);
  }, 180_000);
  afterAll(() => database.drop());

  it('are shown once, listed without themselves, and end when they are revoked', async () => {
    const args = ['operator', 'create', '--name', 'Ada', '--role', 'operator'];
    const created = await cli.json<Created>([...args, '--expires-in', '90d']);
    const rest = { name: 'Ada', role: 'operator', createdAt: expect.any(String) };
    expect(created).toEqual({
      ...rest,
      id: expect.any(String),
      token: expect.stringMatching(/^hcop_/),
      expiresAt: expect.any(String),
    });
    const { id, token } = created;
    expect(await authenticator.authenticate(token)).toMatchObject({ name: 'Ada' });
    const listed = { ...rest, id, expiresAt: expect.any(String) };
    expect(await cli.json(['operator', 'list'])).toEqual([
      { ...listed, revokedAt: null, status: 'ACTIVE' },
    ]);
    expect(await cli.json(['operator', 'revoke', '--name', 'Ada'])).toEqual({
      id,
      name: 'Ada',
      revokedAt: expect.any(String),
    });
    await expect(authenticator.authenticate(token)).rejects.toThrow('it was revoked');
    expect(await cli.run(['operator', 'revoke', '--id', id])).toMatchObject({
      code: 1,
      stderr: `error: there is no operator token ${id} that was not revoked; \`operator list\` shows them\n`,
    });
    const { stdout } = await cli.run(['operator', 'list']);
    expect(stdout).toMatch(/^ID .*STATUS/);
    expect(stdout).not.toContain(token);
  });

  it('are one for each name', async () => {
    const args = ['operator', 'create', '--name', 'Grace', '--role', 'operator'];
    await cli.json(args);
    expect(await cli.run(args)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: there is a token of the name "Grace" that was not revoked; choose another name, or ' +
        'end that one first with `operator revoke --name`\n',
    });
  });

  it('say that they are shown once', async () => {
    const { stdout } = await cli.run(['operator', 'create', '--name', 'Eve', '--role', 'viewer']);
    expect(stdout).toMatch(/\ntoken: hcop_[\w-]{43}\n/);
    expect(stdout).toContain('\nexpiresAt: -\n\nThe token is shown this once and cannot be read');
  });
});
