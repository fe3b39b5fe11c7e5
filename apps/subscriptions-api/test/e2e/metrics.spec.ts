import { Deployment, Scrape, type ServiceProcess } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.create();
});
afterAll(() => deployment?.dispose());

async function started(env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  await deployment.startApi(env);
  const service = deployment.apis.at(-1);
  if (!service) throw new Error('no API was started');
  return service;
}

const metricsPortOf = ({ log }: ServiceProcess): unknown =>
  log.of('service.started').at(-1)?.['metricsPort'];

describe('the metrics of the subscriptions API', () => {
  it('are on a port of their own, and never on the public one', async () => {
    const service = await started({ API_METRICS_PORT: '0' });
    const base = `http://127.0.0.1:${String(metricsPortOf(service))}`;
    const scrape = await Scrape.of(base);
    expect(scrape.value('webhooks_database_pool_max_connections')).toBe(6);
    expect(scrape.value('webhooks_own_failures_total', { event: 'operation.failed' })).toBe(0);
    expect(scrape.value('process_start_time_seconds')).toBeGreaterThan(0);
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
    expect(await service.health('ready', base)).toMatchObject({ status: 200 });
    expect(await service.health('live', base)).toMatchObject({ status: 200 });
    // Nor is anything of the API at the port of the metrics.
    expect((await fetch(`${base}/graphql`, { method: 'POST' })).status).toBe(404);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.log.of('shutdown_step.failed')).toEqual([]);
  });

  it('are nowhere where no port is given', async () => {
    const service = await started();
    expect(metricsPortOf(service)).toBeUndefined();
    expect(service.log.of('boot_step.started').map(({ step }) => step)).not.toContain(
      'answer scrapes',
    );
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
  });

  it('need their port: a start without it fails and names the variable', async () => {
    const { port } = new URL((await started()).url);
    await expect(started({ API_METRICS_PORT: port })).rejects.toThrow('API_METRICS_PORT');
  });
});
