import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { TransportLoggerInterface } from './transport-logger.interface.js';

export interface RedeliveryHorizonOptions {
  /** Best made with `kafkaProbeOptions`: who asks will ask again. */
  readonly kafka: Kafka;
  /** Those that are subscribed to, with their prefix. */
  readonly topics: readonly string[];
  readonly logger: TransportLoggerInterface;
}

const DAY_MS = 24 * 3_600_000;

/** Of a topic that says nothing about it: Kafka's default. */
const DEFAULT_SEGMENT_MS = 7 * DAY_MS;

/** Longer is for ever: brokers are told so by the largest number there is. */
const LONGEST_DAYS = 36_500;

const SETTINGS = ['retention.ms', 'segment.ms', 'cleanup.policy'] as const;
type Settings = ReadonlyMap<string, string>;

/** How long Kafka may bring a record again, by what its topics keep now. */
export class RedeliveryHorizon {
  private told = false;

  constructor(private readonly options: RedeliveryHorizonOptions) {}

  /**
   * Days, one of them for clocks that differ; undefined: for ever. Throws where no broker answers. Where
   * a broker refuses the question that is for ever, and the log says so once: what is not known to be
   * gone may come again.
   */
  async days(): Promise<number | undefined> {
    const { kafka, topics, logger } = this.options;
    const admin = kafka.admin();
    try {
      await admin.connect();
      const settings = await settingsOf(admin, topics);
      const days = Math.ceil(Math.max(...settings.map(keptMs)) / DAY_MS) + 1;
      return days > LONGEST_DAYS ? undefined : days;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (!this.told) logger.warn('topic_settings.refused', { assumed: 'for ever', error });
      this.told = true;
      return undefined;
    } finally {
      // Not awaited: on a broker that does not answer it waits for the answers.
      admin.disconnect().catch(() => undefined);
    }
  }
}

async function settingsOf(admin: Admin, topics: readonly string[]): Promise<Settings[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: [...SETTINGS],
    })),
  });
  return resources.map(
    ({ configEntries }) =>
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
  );
}

/**
 * A segment goes when its newest record is too old, so its oldest one is there for the time that the segment
 * was written to besides. What is only compacted stays.
 */
function keptMs(settings: Settings): number {
  const retentionMs = Number(settings.get('retention.ms') ?? Number.NaN);
  if (Number.isNaN(retentionMs)) throw new Error('the broker does not tell retention.ms');
  const compactedOnly = !(settings.get('cleanup.policy') ?? 'delete').includes('delete');
  if (retentionMs < 0 || compactedOnly) return Number.POSITIVE_INFINITY;
  const segmentMs = Number(settings.get('segment.ms') ?? Number.NaN);
  return retentionMs + (segmentMs > 0 ? segmentMs : DEFAULT_SEGMENT_MS);
}

function isRefusal(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const type: unknown = Reflect.get(at, 'type');
    if (type === 'TOPIC_AUTHORIZATION_FAILED' || type === 'CLUSTER_AUTHORIZATION_FAILED')
      return true;
  }
  return false;
}
