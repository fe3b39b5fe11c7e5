import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  printedSecrets,
  runCommand,
  startDeployment,
  TestReceiver,
  type Deployment,
} from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const directory = process.env['PRINTED_DIRECTORY'] ?? '';

let deployment: Deployment;
let receiver: TestReceiver;
beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
});
afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

/** Something is printed even where this is the only spec that runs. */
async function useEverySecret(): Promise<void> {
  const api = await deployment.startApi({ LOG_LEVEL: 'debug' });
  const integration = await deployment.integration();
  const accessToken = await api.accessToken(integration);
  receiver.script('/', { kind: 'answer', status: 401, body: 'no' });
  const headers = { Authorization: 'Bearer a-token-of-the-receiver' };
  await api.create(integration.token, { endPoint: receiver.url('/'), headers });
  await api.createByClient(accessToken, { endPoint: receiver.url('/client') });
  await api.query('a-token-that-nobody-has', '{ __typename }');
  await api.query(integration.token, `{ integration(id: "${integration.integrationId}") { id } `);
  await deployment.publish({
    topic: 'order.created',
    value: JSON.stringify({ organizationId: integration.organizationId }),
  });
  await receiver.waitForCount(1, { path: '/' });
  const wrong = { SECRETS_KEY: 'another-key-of-more-than-32-characters' };
  const rotate = ['application', 'rotate-secret', '--client-id', integration.clientId];
  await runCommand({ ...deployment.environment, ...wrong }, ['secret', 'reencrypt']);
  await runCommand(deployment.environment, rotate);
}

describe('what the service gives out', () => {
  it('holds no secret that any spec of this run has used', async () => {
    await useEverySecret();

    const { known, found } = await printedSecrets(directory);
    expect(found).toEqual([]);
    expect(known).toBeGreaterThanOrEqual(6);
    expect(deployment.printed).toContain('service.started');
  }, 120_000);

  it('would be seen to hold one, in each form', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'printed-control-'));
    for (const part of ['printed', 'secrets']) mkdirSync(join(scratch, part));
    const secret = 'a "secret" of müller & söhne';
    writeFileSync(join(scratch, 'secrets', '1'), `${JSON.stringify(secret)}\n`);
    const forms = [
      secret,
      JSON.stringify({ secret }),
      `?key=${encodeURIComponent(secret)}`,
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ];
    for (const [index, form] of forms.entries()) {
      writeFileSync(join(scratch, 'printed', '1'), `before ${form} behind\n`);
      expect([index, (await printedSecrets(scratch)).found.length]).toEqual([index, 1]);
    }
    writeFileSync(join(scratch, 'printed', '1'), 'a "secret" of others\n');
    expect((await printedSecrets(scratch)).found).toEqual([]);
    rmSync(scratch, { recursive: true });
  });
});
