import { cursorOf, type AttemptOutcome, type DeliveryAttempt } from '@app/queue';
import { developerMessage } from './developer-message.js';

/** An attempt as the API shows it. */
export interface AttemptView {
  readonly messageId: string;
  readonly type: string | null;
  readonly attempt: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: Uppercase<AttemptOutcome>;
  readonly statusCode: number | null;
  readonly code: string | null;
  readonly error: string | null;
  /** What is no UTF-8 is replaced; control characters are kept. */
  readonly excerpt: string | null;
  readonly isTest: boolean | null;
}

/** A page of attempts, as Relay has connections. */
export interface AttemptConnection {
  readonly edges: readonly { readonly cursor: string; readonly node: AttemptView }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/**
 * `attempts`: one more than `first` where there is a next page. `isFirst`: nothing stands before it
 * that has been there when the caller began to page.
 */
export function connectionOf(
  attempts: readonly DeliveryAttempt[],
  { first, isFirst }: { readonly first: number; readonly isFirst: boolean },
): AttemptConnection {
  const edges = attempts.slice(0, first).map((attempt) => ({
    cursor: cursorOf(attempt.position),
    node: attemptViewOf(attempt),
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage: attempts.length > first,
      hasPreviousPage: !isFirst,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function attemptViewOf(attempt: DeliveryAttempt): AttemptView {
  const { messageId, type, startedAt, durationMs, outcome } = attempt;
  const { statusCode, code, error, excerpt, isTest } = attempt;
  return {
    messageId,
    type,
    attempt: attempt.attempt,
    startedAt: startedAt.toISOString(),
    durationMs,
    outcome: outcome.toUpperCase() as Uppercase<AttemptOutcome>,
    statusCode,
    code,
    error: developerMessage(code, error),
    excerpt: excerpt?.toString('utf8') ?? null,
    isTest,
  };
}
