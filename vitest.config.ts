import { defineConfig } from 'vitest/config';

/** Infrastructure is resolved once, before the first spec of these tiers. */
const withInfrastructure = { globalSetup: ['libs/testing/src/vitest-infrastructure.ts'] };

const INTEGRATION = ['{apps,libs}/*/test/integration/**/*.spec.ts'];
/** Patches and codecs of kafkajs hold for a process: each of these gets one. */
const KAFKAJS = ['apps/notification-processor/test/integration/kafka-*.spec.ts'];

/** What takes minutes runs where it is asked for: `npm test -- --project long`. */
const LONG = 'long';
const longToo = process.argv.some((word) => word === LONG || word === `--project=${LONG}`);

const withServers = {
  ...withInfrastructure,
  testTimeout: 30_000,
  hookTimeout: 60_000,
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
};

const withServices = {
  ...withInfrastructure,
  setupFiles: ['libs/testing/src/vitest-service-logs.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // They wait for sessions, leases and outages most of the time: more than there are cores.
  maxWorkers: 3,
  sequence: { groupOrder: 2 },
};

const tier = (name: string, include: string[], more: object = {}) => ({
  extends: true as const,
  test: { name, include, ...more },
});

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    reporters: ['default'],
    // Files of one worker share their modules: importing them anew for each is a sixth of all the time.
    isolate: false,
    projects: [
      tier('unit', ['{apps,libs}/*/src/**/*.spec.ts', '{scripts,bench,chaos}/**/*.spec.ts'], {
        sequence: { groupOrder: 0 },
      }),
      tier('integration', INTEGRATION, { ...withServers, exclude: KAFKAJS }),
      tier('kafkajs', KAFKAJS, { ...withServers, isolate: true }),
      // Last of all: it looks at what all others have printed.
      tier('printed', ['libs/testing/test/printed/*.spec.ts'], {
        ...withServices,
        sequence: { groupOrder: 3 },
      }),
      tier('e2e', ['apps/*/test/{e2e,faults}/**/*.spec.ts'], withServices),
      ...(longToo ? [tier(LONG, ['apps/*/test/long/**/*.spec.ts'], withServices)] : []),
    ],
  },
});
