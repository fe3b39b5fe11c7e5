import type { BenchDatabase } from '../bench-database.store.js';
import type { BenchStage } from '../bench-stage.js';

export interface Filling {
  readonly queues: number;
  readonly messagesEach: number;
  /** How many of the queues are BLOCKED; none when absent. */
  readonly blocked?: number;
  /** After how many milliseconds the receiver answers; at once when absent. */
  readonly delayMs?: number;
}

/** A database whose queues have messages waiting, and the receiver that they are for. */
export async function filledQueues(
  stage: BenchStage,
  { queues, messagesEach, blocked, delayMs }: Filling,
): Promise<BenchDatabase> {
  const database = await stage.database();
  await database.install(queues, stage.receiver.url, stage.secretsKey);
  stage.say(`storing ${messagesEach * queues} messages`);
  await database.fillQueues(messagesEach, blocked);
  await stage.receiver.reset('accept', delayMs);
  return database;
}
