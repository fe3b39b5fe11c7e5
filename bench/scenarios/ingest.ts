import type { BenchStage } from '../bench-stage.js';
import { Meter } from '../measure/meter.js';
import { until } from '../patience.js';
import type { Measurement, Scenario } from './scenario.js';

const QUEUES = 1_000;
const LIMIT_MS = 180_000;

export const INGEST: Scenario = {
  name: 'ingest',
  about: `Kafka record to stored message, ${QUEUES} queues, all of them blocked`,
  note: 'records are produced while the service is stopped; the clock runs from its first batch to the last stored message; nothing is sent meanwhile',
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const { records } = stage;
    const database = await stage.database();
    const organizations = await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    await database.blockAllQueues();
    const producer = await stage.producer(organizations);
    await producer.produce(records);
    const service = await stage.service(database);
    const meter = await Meter.start({ service, database, ports: stage.ports });
    await until(async () => (await database.totals()).enqueued === records, {
      what: `${records} messages in the database`,
      limitMs: LIMIT_MS,
      everyMs: 20,
      hopeless: () => service.lostBecause(),
    });
    const perSecond = (records / (Date.now() - service.firstBatchAt())) * 1_000;
    const costs = await meter.perDelivery(records);
    await service.stop();
    return [
      { name: 'enqueued', unit: '/s', value: perSecond, goal: { is: 'at least', value: 15_000 } },
      // Of a message, not of a delivery: there is none, and the goals are about deliveries.
      ...costs.map(({ name, unit, value }) => ({
        name: name.replace('delivery', 'message'),
        unit,
        value,
      })),
    ];
  },
};
