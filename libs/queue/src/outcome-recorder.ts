import { GroupCommit } from './group-commit.js';
import type { QueueLogInterface } from './queue-log.interface.js';
import type { QueueStore } from './queue.store.js';
import type { Settled, Settlement } from './settlement.js';
import { untilStored } from './until-stored.js';

/** Bounds one statement: with 500 outcomes it stays in the range of a few milliseconds. */
const MAX_OUTCOMES_PER_COMMIT = 500;

/**
 * While one statement waits for its commit, outcomes that come meanwhile are on their way in another.
 * A queue never has two outcomes on their way, so its order does not depend on the writers.
 */
const WRITERS = 2;

/**
 * ⑥ Records outcomes that change more than the place of their queue's head (failures, what is discarded,
 * all outcomes of a BLOCKED or paced queue), those of all queues that end at the same time in one
 * statement. See {@link untilStored} for a database that is away.
 */
export class OutcomeRecorder {
  private readonly commits = new GroupCommit<Settlement, Map<string, Settled>>(
    (settlements) => this.commit(settlements),
    MAX_OUTCOMES_PER_COMMIT,
    WRITERS,
  );

  constructor(
    private readonly store: QueueStore,
    private readonly log: QueueLogInterface,
  ) {}

  /** Throws only where the outcome itself cannot be stored; the message may then be sent again. */
  async record(settlement: Settlement): Promise<Settled> {
    const settled = await this.commits.add([settlement]);
    return settled.get(settlement.lease.queueId) ?? { kind: 'fenced' };
  }

  /** `uncertain`: an earlier try of these may have been committed although it failed here. */
  private async commit(
    settlements: readonly Settlement[],
    uncertain = false,
  ): Promise<Map<string, Settled>> {
    let isUncertain = uncertain;
    try {
      return await untilStored(
        settlements.length,
        this.log,
        async (isAgain) => {
          isUncertain = isAgain;
          const settled = await this.store.settle(settlements);
          if (isAgain) await this.releaseUncertain(settlements, settled);
          return settled;
        },
        uncertain,
      );
    } catch (error) {
      return this.commitAlone(settlements, error, isUncertain);
    }
  }

  /**
   * After a failed try a missing queue may mean that the try was committed and only its answer was
   * lost. Giving the lease back (which the token protects) lets such a queue go on at once instead
   * of after the lease's end. Never rejects: what was settled is settled, whatever becomes of this.
   */
  private async releaseUncertain(
    settlements: readonly Settlement[],
    settled: ReadonlyMap<string, Settled>,
  ): Promise<void> {
    const missing = settlements.filter(({ lease }) => !settled.has(lease.queueId));
    if (missing.length === 0) return;
    try {
      await this.store.release(missing.map(({ lease }) => lease));
    } catch (error) {
      this.log.error('lease.not_released', { error, queues: missing.length });
    }
  }

  /** One outcome that cannot be stored must not hold back the others of its batch. */
  private async commitAlone(
    settlements: readonly Settlement[],
    cause: unknown,
    uncertain: boolean,
  ): Promise<Map<string, Settled>> {
    if (settlements.length === 1) throw cause;
    const results = new Map<string, Settled>();
    for (const settlement of settlements) {
      try {
        const settled = await this.commit([settlement], uncertain);
        for (const [id, each] of settled) results.set(id, each);
      } catch (error) {
        const { queueId, head } = settlement.lease;
        this.log.error('outcome.lost', {
          error,
          integrationId: queueId,
          messageId: head.messageId,
        });
      }
    }
    return results;
  }
}
