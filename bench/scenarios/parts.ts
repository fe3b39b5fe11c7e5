import { cpus } from 'node:os';
import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';
import { ForkedProgram } from '../forked-program.js';
import type { PartAnswer, PartQuestion } from '../load/part.js';
import { rawRate } from '../load/raw-rate.js';
import { cpuOfServer } from '../measure/server-cpu.js';
import { drained } from './drain.js';
import type { Measurement, Scenario } from './scenario.js';

const QUEUES = 100;
const LIMIT_MS = 120_000;
const MICROS_PER_S = 1_000_000;

export const PARTS: Scenario = {
  name: 'parts',
  about: 'posting, consuming, inserting and settling, each alone, and what their sum allows',
  note: `each part in a process of its own with the CPU that it costs at both ends; what all cores allow at that sum is the limit of a drain of ${QUEUES} queues`,
  run: async (stage: BenchStage): Promise<Measurement[]> => {
    const { records } = stage;
    await stage.receiver.reset();
    const raw = await rawRate(stage.receiver.url, QUEUES);
    const { cpuMicros, requests } = await stage.receiver.report();
    const drain = await drained(stage, { organizations: QUEUES, fanOut: 1, share: 1 });
    const { brokers, topicPrefix } = stage;
    const consume = await part(
      { part: 'consume', brokers, topicPrefix, items: records },
      stage.ports.broker,
    );
    const database = await stage.database();
    await database.install(QUEUES, stage.receiver.url, stage.secretsKey);
    const insert = await ofDatabase('insert', stage, database);
    const settle = await ofDatabase('settle', stage, database);
    const post = { perSecond: raw.perSecond, cpuMicros: raw.cpuMicros + cpuMicros / requests };
    const parts = { post, consume, insert, settle };
    const sum = Object.values(parts).reduce((total, each) => total + each.cpuMicros, 0);
    const allowed = (cpus().length * MICROS_PER_S) / sum;
    return [
      ...Object.entries(parts).flatMap(([name, { perSecond, cpuMicros: cpu }]) => [
        { name: `${name} alone`, unit: '/s', value: perSecond },
        { name: `${name}, CPU at both ends`, unit: 'µs', value: cpu },
      ]),
      {
        name: 'drain of what the sum allows',
        unit: '',
        value: drain.perSecond / allowed,
        limit: { name: 'allowed/s', value: allowed },
        goal: { is: 'at least', value: 0.85 },
      },
    ];
  },
};

async function ofDatabase(
  name: 'insert' | 'settle',
  stage: BenchStage,
  database: BenchDatabase,
): Promise<PartAnswer> {
  const subscribers = await database.subscribers();
  const question = {
    part: name,
    databaseUrl: database.url,
    subscribers,
    items: stage.records,
  };
  return part(question, stage.ports.database);
}

/** With the CPU of the server that it talks to, where that can be told. */
async function part(question: PartQuestion, port: number): Promise<PartAnswer> {
  const program = new ForkedProgram<PartQuestion, PartAnswer>('load/part.js');
  try {
    const before = cpuOfServer(port);
    const answer = await program.ask(question, LIMIT_MS);
    const after = cpuOfServer(port);
    if (before === undefined || after === undefined) return answer;
    const cpuMicros = answer.cpuMicros + (after - before) / question.items;
    return { ...answer, cpuMicros };
  } finally {
    await program.stop();
  }
}
