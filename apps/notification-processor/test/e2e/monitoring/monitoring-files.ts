import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../../../..');

export const PROMETHEUS_DIRECTORY = join(ROOT, 'deploy/prometheus');

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: GridPosition;
  readonly targets?: readonly { readonly expr: string; readonly datasource: unknown }[];
}

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[];
  };
  readonly panels: readonly Panel[];
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

export const alertRules: readonly AlertRule[] = (
  parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: AlertRule[] }[] }
).groups.flatMap(({ rules }) => rules);

export const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as Dashboard;

/** Panels with a query. */
export const charts: readonly Panel[] = dashboard.panels.filter(({ type }) => type !== 'row');

/** Every query of the dashboard, its variables replaced as Grafana does it. */
export const queries: readonly string[] = charts.flatMap(({ targets = [] }) =>
  targets.map(({ expr }) =>
    expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
  ),
);

/** Anchors of the headings of the document for operators, as GitHub makes them. */
export const anchors: ReadonlySet<string> = new Set(
  [...read('docs/OPERATIONS.md').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  ),
);

/** The metrics that the document for operators tells of. */
export const documentedMetrics: ReadonlySet<string> = new Set(
  [...read('docs/OPERATIONS.md').matchAll(/`(webhooks_[a-z_]+)/g)].map(([, name = '']) => name),
);

/** Names of series in an expression. */
export const seriesIn = (expression: string): readonly string[] => [
  ...new Set(expression.match(/\b(?:webhooks|process|nodejs)_[a-z\d_]+\b/g)),
];
