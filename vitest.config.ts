import { defineConfig } from 'vitest/config';

/** Infrastructure is resolved once, before the first spec of these tiers. */
const withInfrastructure = { globalSetup: ['libs/testing/src/vitest-infrastructure.ts'] };

const tier = (name: string, include: string[], more: object = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    reporters: ['default'],
    projects: [
      tier('unit', ['{apps,libs}/*/src/**/*.spec.ts', '{scripts,bench}/**/*.spec.ts'], {
        sequence: { groupOrder: 0 },
      }),
      tier('integration', ['{apps,libs}/*/test/integration/**/*.spec.ts'], {
        ...withInfrastructure,
        testTimeout: 30_000,
        hookTimeout: 60_000,
        maxWorkers: 2,
        sequence: { groupOrder: 1 },
      }),
      tier('e2e', ['apps/*/test/{e2e,faults}/**/*.spec.ts'], {
        ...withInfrastructure,
        setupFiles: ['libs/testing/src/vitest-service-logs.ts'],
        testTimeout: 120_000,
        hookTimeout: 120_000,
        fileParallelism: false,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});
