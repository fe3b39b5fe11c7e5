import type { DeadLetter, DeadLetterReason, KafkaRecord } from '@app/events';
import type { IntegrationWebhooksQuery } from '@app/subscriptions';
import { isDataError } from './data-error.js';
import {
  assignOrganizations,
  learntLocations,
  messagesOf,
  wantedLocations,
  type IngestItem,
  type OwnedEvent,
} from './ingest-batch.js';
import type { IngestStore } from './ingest.store.js';
import type { OperatorActionsStore } from './operator-actions.store.js';
import type { Operator } from './queue-operations.store.js';
import type {
  DeadLetterSelection,
  StoredDeadLetter,
  StoredDeadLettersStore,
} from './stored-dead-letters.store.js';

export interface RedriveParts {
  readonly deadLetters: StoredDeadLettersStore;
  readonly ingest: IngestStore;
  readonly webhooks: IntegrationWebhooksQuery;
  readonly actions: OperatorActionsStore;
  /** Stage ② of the pipeline. Throws for a topic that is not dispatched. */
  readonly format: (record: KafkaRecord) => IngestItem;
}

/** A record that is no event today either. */
export interface StillDead {
  /** Decimal string. */
  readonly id: string;
  readonly reason: DeadLetterReason | 'not_dispatched';
  readonly detail: string;
}

export interface RedriveResult {
  /** Records that became messages, or would. One that nobody subscribed to counts as well. */
  readonly redriven: number;
  /** Messages that were added to queues; null in a dry run. */
  readonly messages: number | null;
  /** The first ones that stay what they are, and how many there are. */
  readonly stillDead: readonly StillDead[];
  readonly stillDeadCount: number;
  /** Selected ones that were not looked at, because there are too many for one request. */
  readonly remaining: number;
  /** The answer of an earlier request with the same id. */
  readonly repeated: boolean;
}

/** Records of one request, and of one statement. */
const REDRIVE_LIMIT = 10_000;
const PAGE = 200;

const SHOWN = 100;
const BEFORE_ALL_IDS = '0';

/** The trace of the producer is long closed: deliveries begin their own. */
const untraced = (): null => null;

interface PageInHand {
  readonly actor: string;
  readonly tally: Tally;
  readonly idOf: ReadonlyMap<KafkaRecord, string>;
  readonly learnt: ReadonlyMap<string, string>;
}

type Tally = { -readonly [Name in keyof RedriveResult]: RedriveResult[Name] };

/**
 * Sends dead letters through the stages of the pipeline once more, oldest first: their messages wait
 * behind what their queues have, under the ids that they would have had in the first place. So doing
 * it twice, or after a crash in the middle, adds nothing twice. What is no event today either stays.
 */
export class DeadLetterRedrive {
  constructor(private readonly parts: RedriveParts) {}

  /** Throws RequestIdUsedError where the id of the request was used for something else. */
  async execute(selection: DeadLetterSelection, operator: Operator): Promise<RedriveResult> {
    const { actions, deadLetters } = this.parts;
    const request = { action: 'redrive', target: targetOf(selection), operator };
    const earlier = await actions.resultOf<RedriveResult>(request);
    if (earlier) return { ...earlier, repeated: true };
    const tally: Tally = {
      redriven: 0,
      messages: operator.dryRun ? null : 0,
      stillDead: [],
      stillDeadCount: 0,
      remaining: 0,
      repeated: false,
    };
    try {
      await this.redriveAll(selection, operator, tally);
    } catch (error) {
      // What was done is written down; without the id of the request, which is to go on with the rest.
      const unfinished = { ...operator, requestId: undefined };
      if (tally.redriven > 0) await actions.record({ ...request, operator: unfinished }, tally);
      throw error;
    }
    const open = await deadLetters.count(selection);
    tally.remaining = open - tally.stillDeadCount - (operator.dryRun ? tally.redriven : 0);
    if (!operator.dryRun && tally.redriven > 0) await actions.record(request, tally);
    return tally;
  }

  private async redriveAll(
    selection: DeadLetterSelection,
    operator: Operator,
    tally: Tally,
  ): Promise<void> {
    const learnt = new Map<string, string>();
    let cursor = BEFORE_ALL_IDS;
    for (let looked = 0; looked < REDRIVE_LIMIT; looked += PAGE) {
      operator.signal?.throwIfAborted();
      const page = await this.parts.deadLetters.page(selection, cursor, PAGE);
      cursor = page.at(-1)?.id ?? cursor;
      await this.redrive(page, operator, { tally, learnt });
      if (page.length < PAGE) return;
    }
  }

  private async redrive(
    page: readonly StoredDeadLetter[],
    { actor, dryRun }: Operator,
    { tally, learnt }: Pick<PageInHand, 'tally'> & { readonly learnt: Map<string, string> },
  ): Promise<void> {
    const items = page.flatMap((letter) => this.formatted(letter, tally));
    for (const [location, owner] of learntLocations(items)) learnt.set(location, owner);
    const known = await this.parts.ingest.organizationsOf(wantedLocations(items));
    const { events, deadLetters: dead } = assignOrganizations(
      items,
      new Map([...known, ...learnt]),
    );
    const idOf = new Map(page.map(({ id, record }) => [record, id]));
    for (const letter of dead) keep(tally, idOf.get(letter.record) ?? '', letter);
    if (dryRun) tally.redriven += events.length;
    else await this.store(events, { actor, tally, idOf, learnt });
  }

  /** One that the database refuses by its data must cost only itself, as where records come from Kafka. */
  private async store(events: readonly OwnedEvent[], page: PageInHand): Promise<void> {
    if (events.length === 0) return;
    const { tally, idOf, actor } = page;
    const ids = events.map(({ event }) => idOf.get(event.record) ?? '');
    try {
      tally.messages = (tally.messages ?? 0) + (await this.enqueue(events, page.learnt));
    } catch (error) {
      if (!isDataError(error)) throw error;
      if (events.length === 1) {
        keep(tally, ids[0] ?? '', { reason: 'not_storable', detail: String(error) });
        return;
      }
      const middle = events.length >> 1;
      await this.store(events.slice(0, middle), page);
      await this.store(events.slice(middle), page);
      return;
    }
    tally.redriven += await this.parts.deadLetters.markRedriven(ids, actor);
  }

  private async enqueue(
    events: readonly OwnedEvent[],
    learnt: ReadonlyMap<string, string>,
  ): Promise<number> {
    const { ingest, webhooks } = this.parts;
    const messages = messagesOf(events, await webhooks.execute(events), untraced);
    const locations = [...learnt].map(([locationId, organizationId]) => ({
      locationId,
      organizationId,
    }));
    const { queues } = await ingest.ingest({ messages, deadLetters: [], locations });
    return queues.reduce((sum, { inserted }) => sum + inserted, 0);
  }

  private formatted({ id, record }: StoredDeadLetter, tally: Tally): IngestItem[] {
    try {
      return [this.parts.format(record)];
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      keep(tally, id, { reason: 'not_dispatched', detail });
      return [];
    }
  }
}

function keep(
  tally: Tally,
  id: string,
  { reason, detail }: Pick<StillDead, 'reason' | 'detail'> | DeadLetter,
): void {
  tally.stillDeadCount += 1;
  if (tally.stillDead.length < SHOWN)
    tally.stillDead = [...tally.stillDead, { id, reason, detail }];
}

const targetOf = (selection: DeadLetterSelection): object => ({
  id: selection.id ?? null,
  topic: selection.topic ?? null,
  reason: selection.reason ?? null,
  receivedFrom: selection.receivedFrom?.toISOString() ?? null,
  receivedTo: selection.receivedTo?.toISOString() ?? null,
});
