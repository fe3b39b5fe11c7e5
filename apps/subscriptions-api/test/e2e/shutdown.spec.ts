import { Gate, startDeployment, TestReceiver, waitFor, type Deployment } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
let receiver: TestReceiver;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
});
afterAll(async () => {
  await deployment?.dispose();
  await receiver?.close();
});

/** An API process of its own that is asked to remove a webhook whose delivery is held by the gate. */
async function removing(path: string, env: Readonly<Record<string, string>> = {}) {
  const api = await deployment.startApi(env);
  const service = deployment.apis.at(-1);
  if (!service) throw new Error('no API was started');
  const { token, organizationId } = await deployment.integration();
  const gate = new Gate();
  receiver.script(path, { kind: 'hold', gate });
  const { id } = await api.create(token, { endPoint: receiver.url(path) });
  await deployment.publish({ topic: 'order.created', value: JSON.stringify({ organizationId }) });
  await receiver.waitForCount(1, { path });
  const removal = api.remove(token, id).then(
    () => 'answered' as const,
    () => 'cut off' as const,
  );
  await waitFor(async () => {
    const { removed } = await deployment.database.one<{ removed: boolean }>(
      'SELECT removed_at IS NOT NULL AS removed FROM integration_webhook WHERE id = $1',
      [id],
    );
    return removed;
  });
  return { service, gate, removal };
}

describe('SIGTERM while a removal waits for the request that is under way', () => {
  it('lets it wait, and be answered, before anything that it needs is closed', async () => {
    const { service, gate, removal } = await removing('/finished');
    service.kill('SIGTERM');
    // The step before the one that waits; from then on nobody else gets a connection.
    await service.log.waitFor(({ step }) => step === 'stop deleting tokens');
    await waitFor(() =>
      fetch(`${service.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    expect(service.log.of('shutdown_step.finished')).toHaveLength(2);
    gate.open();
    expect(await removal).toBe('answered');
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.log.of('shutdown_step.failed')).toEqual([]);
  });

  it('cuts it off at the end of the grace, and still ends in order', async () => {
    const { service, gate, removal } = await removing('/cut', { SHUTDOWN_GRACE_MS: '1500' });
    service.kill('SIGTERM');
    expect(await removal).toBe('cut off');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.log.of('shutdown_step.failed')).toMatchObject([{ step: 'finish requests' }]);
    expect(service.log.of('request.abandoned')).toHaveLength(1);
    expect(service.log.of('operation.failed')).toEqual([]);
    gate.open();
  });
});
