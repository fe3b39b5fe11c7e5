import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, guardProcess, waitFor } from '@app/testing';
import { parse, stringify } from 'yaml';

interface Answer<Data> {
  readonly status: string;
  readonly error?: string;
  readonly data: Data;
}

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
}

export interface ServerOptions {
  /** Where its data goes. */
  readonly directory: string;
  /** The configuration file to start from, and the rule files that it names. */
  readonly configuration: string;
  readonly rules: string;
  /** `host:port` by job, in place of those in the configuration. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
}

interface Configuration {
  readonly global: object;
  readonly scrape_configs: readonly { readonly job_name: string }[];
}

/** A real Prometheus with the project's own configuration, which scrapes every second. */
export class PrometheusServer {
  private constructor(
    private readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(options: ServerOptions): Promise<PrometheusServer> {
    const { directory } = options;
    mkdirSync(directory, { recursive: true });
    const file = join(directory, 'prometheus.yml');
    writeFileSync(file, stringify(configurationOf(options)));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { cwd: directory, stdio: 'ignore' },
    );
    const { pid } = child;
    if (pid === undefined) throw new Error('Prometheus could not be spawned');
    const guard = guardProcess(pid, 'SIGKILL');
    const ended = once(child, 'exit');
    const server = new PrometheusServer(`http://${address}`, async () => {
      child.kill('SIGTERM');
      await ended;
      guard.release();
    });
    await waitFor(() => server.isReady(), { timeoutMs: 30_000 });
    return server;
  }

  stop(): Promise<void> {
    return this.end();
  }

  async targets(): Promise<readonly Target[]> {
    return (await this.ask<{ activeTargets: Target[] }>('/api/v1/targets')).activeTargets;
  }

  /** The names of the alert rules that it has loaded. */
  async alertRules(): Promise<readonly string[]> {
    const { groups } = await this.ask<{ groups: { rules: { name: string }[] }[] }>('/api/v1/rules');
    return groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  }

  /** The values of an expression. @throws Error where Prometheus cannot evaluate it. */
  async query(expression: string): Promise<readonly number[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(expression)}`;
    const { result } = await this.ask<{ result: { value: [number, string] }[] }>(path);
    return result.map(({ value: [, value] }) => Number(value));
  }

  private async isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  private async ask<Data>(path: string): Promise<Data> {
    const answer = (await (await fetch(`${this.url}${path}`)).json()) as Answer<Data>;
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}

function configurationOf({ configuration, rules, targets }: ServerOptions): object {
  const given = parse(configuration) as Configuration;
  return {
    ...given,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: given.scrape_configs.map((job) => ({
      ...job,
      static_configs: [{ targets: targets[job.job_name] ?? [] }],
    })),
  };
}
