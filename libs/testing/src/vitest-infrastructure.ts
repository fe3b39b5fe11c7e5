import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { resolveInfrastructure } from './infrastructure/resolve-infrastructure.js';
import { openPrintedRecord } from './service/printed-record.js';

/** The servers that the specs of the integration and end-to-end tiers run against. */
export interface ProvidedInfrastructure {
  brokers: string[];
  /** Superuser, maintenance database: every spec makes databases of its own. */
  databaseUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    infrastructure: ProvidedInfrastructure;
  }
}

/** Set by `npm test`, which has resolved the servers before it starts vitest. */
export const HANDED_OVER = 'TEST_INFRASTRUCTURE';

interface Shared {
  infrastructure: Promise<ProvidedInfrastructure & { stop(): Promise<void> }>;
  /** The directory of what services print. */
  readonly printed: string;
  users: number;
}

// Every project loads this file anew, in one process: what they share has to live outside the module.
const place = globalThis as { happycolisTestInfrastructure?: Shared };

/** Vitest calls this once for each project that runs a spec, and its result when all is done. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (place.happycolisTestInfrastructure ??= {
    infrastructure: resolve(),
    printed: openPrintedRecord(),
    users: 0,
  });
  shared.users++;
  const infrastructure = await shared.infrastructure;
  const { brokers, databaseUrl } = infrastructure;
  project.provide('infrastructure', { brokers, databaseUrl });
  return async () => {
    shared.users--;
    if (shared.users > 0) return;
    delete place.happycolisTestInfrastructure;
    rmSync(shared.printed, { recursive: true, force: true });
    await infrastructure.stop();
  };
}

async function resolve(): Promise<ProvidedInfrastructure & { stop(): Promise<void> }> {
  const handedOver = process.env[HANDED_OVER];
  if (handedOver) {
    return { ...(JSON.parse(handedOver) as ProvidedInfrastructure), stop: async () => {} };
  }
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const infrastructure = await resolveInfrastructure({ purpose: 'test', log });
  log(infrastructure.describe);
  return infrastructure;
}
