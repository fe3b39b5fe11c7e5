import type { AuditFilter } from '../audit/audit-log.query.js';
import type { DeadLetterView } from '../dead-letters/dead-letter-view.js';
import { utf8Of } from '../dead-letters/dead-letter-view.js';
import type { DeadLetterFilter } from '../dead-letters/operator-dead-letters.query.js';
import { isDeadLetterId, NO_ID } from '../dead-letters/redrive-input.js';
import type { MessageCopyView } from '../messages/message.query.js';
import type { LedgerEntryView, LedgerRange } from '../messages/queue-ledger.query.js';
import type { OperatorParts } from '../operator-parts.js';
import { badInput, notFound, queueNotFound } from '../operator.errors.js';
import * as keys from '../pages/cursor.js';
import { connectionOf, type PageArguments, pageRequest } from '../pages/page.js';
import type { QueueFilter } from '../queues/queue-filter.js';
import type { QueueView, RecoveryView } from '../queues/queue-view.js';
import type { Resolvers } from './resolvers.js';

type Listing<Filter> = PageArguments & { readonly filter?: Filter | null };

interface MessageNode {
  readonly id: string;
  readonly copies: readonly MessageCopyView[];
  readonly newest: MessageCopyView;
}

/** PostgreSQL's text cannot hold NUL, so nothing could ever fit. */
function filterOf<Filter extends object>({ filter }: Listing<Filter>): Partial<Filter> {
  for (const [field, value] of Object.entries(filter ?? {})) {
    if (typeof value === 'string' && value.includes('\0')) {
      throw badInput(`filter.${field}`, 'it contains the character U+0000');
    }
  }
  return filter ?? {};
}

export function queryResolvers(parts: OperatorParts): Resolvers {
  return {
    Query: {
      me: (_source, _args, { operator: { name, role } }) => ({ name, role: role.toUpperCase() }),
      ...queueQueries(parts),
      ...deadLetterQueries(parts),
      message: async (_source, { id }: { id: string }): Promise<MessageNode> => {
        const copies = await parts.message.copies(id);
        const [newest] = copies;
        if (newest) return { id, copies, newest };
        throw notFound(
          'message_not_found',
          `There is no message ${id}, or it is stored no more; queues list theirs`,
        );
      },
      ...ledgerQueries(parts),
      auditLog: async (_source, args: Listing<AuditFilter>) => {
        const page = pageRequest(keys.AUDIT_LOG, args);
        const found = await parts.auditLog.page(filterOf(args), page);
        return connectionOf(keys.AUDIT_LOG, ({ id }) => id, page, found);
      },
    },
    ...queueFields(parts),
    ...messageFields(parts),
    DeadLetter: deadLetterFields(parts),
    LedgerEntry: { lastAttempts: ({ attempts }: LedgerEntryView) => attempts },
  };
}

interface LedgerArguments extends PageArguments, LedgerRange {
  readonly integrationId: string;
}

interface LedgerTimes {
  readonly integrationId: string;
  readonly fromTime?: Date | null;
  readonly toTime?: Date | null;
}

const POSITION = /^\d{1,18}$/;

function ledgerQueries({ ledger, queues }: OperatorParts): Resolvers[string] {
  const queueOf = async (integrationId: string): Promise<QueueView> => {
    const queue = await queues.one(integrationId);
    if (queue) return queue;
    throw queueNotFound(integrationId);
  };
  return {
    ledger: async (_source, { integrationId, from, to, ...args }: LedgerArguments) => {
      for (const [field, value] of Object.entries({ from, to })) {
        if (value != null && !POSITION.test(value)) {
          throw badInput(field, 'it is no position, which is a whole number');
        }
      }
      await queueOf(integrationId);
      const page = pageRequest(keys.LEDGER, args);
      const found = await ledger.page(integrationId, { from: from ?? null, to: to ?? null }, page);
      return connectionOf(keys.LEDGER, ({ seq }) => seq, page, found);
    },
    ledgerRange: async (_source, { integrationId, fromTime, toTime }: LedgerTimes) => {
      const { headSeq, depth } = await queueOf(integrationId);
      const tailSeq = String(BigInt(headSeq) + BigInt(depth) - 1n);
      return {
        headSeq,
        tailSeq,
        from: fromTime ? await ledger.position(integrationId, fromTime, 'from') : '1',
        to: toTime ? await ledger.position(integrationId, toTime, 'to') : tailSeq,
        keptSince: await ledger.keptSince(),
      };
    },
  };
}

function queueQueries({ queues }: OperatorParts): Resolvers[string] {
  return {
    queues: async (_source, args: Listing<QueueFilter>) => {
      const page = pageRequest(keys.QUEUES, args);
      const found = await queues.page(filterOf(args), page);
      return connectionOf(keys.QUEUES, ({ integrationId }) => integrationId, page, found);
    },
    queue: async (_source, { integrationId }: { integrationId: string }) => {
      const queue = await queues.one(integrationId);
      if (queue) return queue;
      throw queueNotFound(integrationId);
    },
  };
}

function queueFields({ queueMessages }: OperatorParts): Resolvers {
  const bySeq = ({ seq }: { readonly seq: string }): string => seq;
  return {
    Queue: {
      nextMessages: async ({ integrationId }: QueueView, args: PageArguments) => {
        const page = pageRequest(keys.NEXT_MESSAGES, args);
        const found = await queueMessages.next(integrationId, page);
        return connectionOf(keys.NEXT_MESSAGES, bySeq, page, found);
      },
      lastMessages: async ({ integrationId }: QueueView, args: PageArguments) => {
        const page = pageRequest(keys.LAST_MESSAGES, args);
        const found = await queueMessages.last(integrationId, page);
        return connectionOf(keys.LAST_MESSAGES, bySeq, page, found);
      },
      parkedMessages: async ({ integrationId }: QueueView, args: PageArguments) => {
        const page = pageRequest(keys.PARKED_MESSAGES, args);
        const found = await queueMessages.parked(integrationId, page);
        return connectionOf(keys.PARKED_MESSAGES, bySeq, page, found);
      },
    },
    QueueRecovery: {
      effectiveMode: ({ probes }: RecoveryView) => (probes ? 'PROBE' : 'MANUAL'),
    },
  };
}

function messageFields({ message }: OperatorParts): Resolvers {
  return {
    Message: {
      integrationId: ({ newest }: MessageNode) => newest.integrationId,
      webhookId: ({ newest }: MessageNode) => newest.webhookId,
      type: ({ newest }: MessageNode) => newest.type,
      enqueuedAt: ({ newest }: MessageNode) => newest.enqueuedAt,
      bodyBytes: ({ newest }: MessageNode) => message.bodyBytes(newest),
      body: ({ newest }: MessageNode) => message.body(newest),
    },
    MessageCopy: {
      attempts: async (copy: MessageCopyView, args: PageArguments) => {
        const page = pageRequest(keys.ATTEMPTS, args);
        const found = await message.attempts(copy, page);
        return connectionOf(keys.ATTEMPTS, ({ key }) => key, page, found);
      },
    },
  };
}

function deadLetterQueries({ deadLetters }: OperatorParts): Resolvers[string] {
  return {
    deadLetters: async (_source, args: Listing<DeadLetterFilter>) => {
      const page = pageRequest(keys.DEAD_LETTERS, args);
      const found = await deadLetters.page(filterOf(args), page);
      return connectionOf(keys.DEAD_LETTERS, ({ id }) => id, page, found);
    },
    deadLetter: async (_source, { id }: { id: string }) => {
      if (!isDeadLetterId(id)) throw badInput('id', NO_ID);
      const deadLetter = await deadLetters.one(id);
      if (deadLetter) return deadLetter;
      throw notFound(
        'dead_letter_not_found',
        `There is no dead letter ${id}; deadLetters lists them`,
      );
    },
  };
}

function deadLetterFields({ deadLetters }: OperatorParts): Resolvers[string] {
  return {
    value: async ({ id }: DeadLetterView) => utf8Of(await deadLetters.value(id)),
    valueBase64: async ({ id }: DeadLetterView) =>
      (await deadLetters.value(id))?.toString('base64') ?? null,
  };
}
