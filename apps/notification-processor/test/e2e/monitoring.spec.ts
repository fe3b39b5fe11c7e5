import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scrape, startDeployment, TestReceiver, waitFor, type Deployment } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alertRules,
  anchors,
  charts,
  dashboard,
  documentedMetrics,
  PROMETHEUS_DIRECTORY,
  queries,
  seriesIn,
} from './monitoring/monitoring-files.js';
import { programsHere, run } from './monitoring/programs.js';
import { PrometheusServer } from './monitoring/prometheus-server.js';

/** Prometheus counts what it has seen change: the first scrapes come before the traffic. */
const MESSAGES = 25;

let deployment: Deployment;
let receiver: TestReceiver;
let url: string;
let scrape: Scrape;
let metricsPort: unknown;

beforeAll(async () => {
  [deployment, receiver] = await Promise.all([startDeployment(), TestReceiver.start()]);
  await deployment.startApi({ API_METRICS_PORT: '0' });
  url = deployment.replicas[0]?.url ?? '';
  metricsPort = deployment.apis[0]?.log.of('service.started').at(-1)?.['metricsPort'];
  scrape = await Scrape.of(url);
});
afterAll(async () => {
  await deployment.dispose();
  await receiver.close();
});

describe('the alert rules', () => {
  it.each(alertRules.map((rule) => [rule.alert, rule] as const))(
    '%s goes by series that there are, and has its entry for operators',
    (_alert, { alert, expr, labels, annotations }) => {
      const series = seriesIn(expr);
      expect(series.length + (/\bup\{/.test(expr) ? 1 : 0)).toBeGreaterThan(0);
      for (const name of series) expect(scrape.names).toContain(name);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations['summary']).toMatch(/\.$/);
      expect(annotations['description']).toMatch(/\.$/);
      const [document, anchor = ''] = (annotations['runbook'] ?? '').split('#');
      expect(document).toBe('docs/OPERATIONS.md');
      expect(anchor).toBe(alert.toLowerCase());
      expect(anchors).toContain(anchor);
    },
  );

  it('name every metric label that they select by a value that there is', () => {
    const selected = alertRules.flatMap(({ expr }) => [
      ...expr.matchAll(/(webhooks_[a-z_]+)\{(\w+)=~?"([^"]+)"\}/g),
    ]);
    expect(selected.length).toBeGreaterThan(0);
    for (const [, name = '', label = '', values = ''] of selected)
      for (const value of values.split('|'))
        expect(scrape.value(name, { [label]: value }), value).toBeDefined();
  });
});

describe('the dashboard', () => {
  it('shows series that there are', () => {
    expect(charts.length).toBeGreaterThan(20);
    for (const query of queries) {
      expect(seriesIn(query).length, query).toBeGreaterThan(0);
      for (const name of seriesIn(query)) expect(scrape.names).toContain(name);
    }
  });

  it('can be imported anywhere: its data source is chosen, its panels have places of their own', () => {
    expect(dashboard.templating.list).toMatchObject([
      { name: 'datasource', type: 'datasource' },
      { name: 'instance', type: 'query' },
    ]);
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    for (const { title, description, datasource, targets = [] } of charts) {
      expect(datasource, title).toEqual(chosen);
      expect(description, title).toMatch(/\.$/);
      for (const target of targets) expect(target.datasource).toEqual(chosen);
    }
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos }) => gridPos.x + gridPos.w <= 24)).toBe(true);
  });
});

describe('the document for operators', () => {
  it('has every metric of the service, and no other', () => {
    const served = new Set(
      [...scrape.text.matchAll(/^# TYPE (webhooks_[a-z_]+)/gm)].map(([, name = '']) => name),
    );
    const pool = (name: string): boolean => name.startsWith('webhooks_database_pool_');
    const expected = [...served].filter((name) => !pool(name));
    expect([...documentedMetrics].filter((name) => !pool(name)).toSorted()).toEqual(
      expected.toSorted(),
    );
  });
});

describe.each(programsHere('promtool'))('according to %s', (promtool) => {
  const check = (...args: string[]): Promise<string> =>
    run(promtool, args, { directory: PROMETHEUS_DIRECTORY });

  it('the rules and the configuration are right', async () => {
    const rules = await check('check', 'rules', 'alerts.yml');
    expect(rules).toContain(`${alertRules.length} rules found`);
    expect(await check('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });

  it('the alerts fire when they should', async () => {
    expect(await check('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });

  it('the metrics of the service are named and written as they should be', async () => {
    const own = scrape.text.split('\n').filter((line) => /^(# \w+ )?webhooks_/.test(line));
    const input = `${own.join('\n')}\n`;
    expect(await run(promtool, ['check', 'metrics'], { input })).toBe('');
  });
});

describe.each(programsHere('prometheus'))('a real %s', () => {
  let directory: string;
  let server: PrometheusServer;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    server = await PrometheusServer.start({
      directory,
      configuration: readFileSync(join(PROMETHEUS_DIRECTORY, 'prometheus.yml'), 'utf8'),
      rules: join(PROMETHEUS_DIRECTORY, 'alerts.yml'),
      targets: {
        'webhooks-processor': [new URL(url).host],
        'webhooks-api': [`127.0.0.1:${String(metricsPort)}`],
      },
    });
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const delivered = 'sum(webhooks_deliveries_total{outcome="delivered"})';

  it('scrapes the processor and the API, and loads every rule', async () => {
    const targets = await waitFor(async () => {
      const found = await server.targets();
      return found.length === 2 && found.every(({ health }) => health !== 'unknown') && found;
    });
    expect(
      targets.map(({ labels, health, lastError }) => [labels['job'], health, lastError]),
    ).toEqual(
      expect.arrayContaining([
        ['webhooks-processor', 'up', ''],
        ['webhooks-api', 'up', ''],
      ]),
    );
    expect(await server.alertRules()).toEqual(alertRules.map(({ alert }) => alert));
  });

  it('sees the deliveries go up', async () => {
    await waitFor(async () => (await server.query(delivered))[0] === 0);
    const { integrationId, organizationId } = await deployment.integration();
    await deployment.webhook({ integrationId, endPoint: receiver.url('/counted') });
    const record = { topic: 'order.created', value: JSON.stringify({ organizationId }) };
    await deployment.publish(...Array.from({ length: MESSAGES }, () => record));
    await receiver.waitForCount(MESSAGES, { path: '/counted' });
    await waitFor(async () => (await server.query(delivered))[0] === MESSAGES);
    const rate = 'sum(increase(webhooks_deliveries_total{outcome="delivered"}[1m]))';
    await waitFor(async () => ((await server.query(rate))[0] ?? 0) > 0);
  });

  it('answers every query of the dashboard and of the alerts', async () => {
    for (const query of queries) await server.query(query);
    for (const { expr } of alertRules) await server.query(expr);
    // Those without a condition have something to show.
    const empty: string[] = [];
    for (const query of queries)
      if (!/>/.test(query) && (await server.query(query)).length === 0) empty.push(query);
    expect(empty).toEqual([]);
  });
});
