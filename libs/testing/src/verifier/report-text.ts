import { VERDICT_KINDS, type VerdictKind } from './verdict.js';
import type { VerifierReport } from './verifier-report.js';

/** The report for reading: what was counted, then how often each kind of verdict was given, and first. */
export function reportText({ counts, verdicts }: VerifierReport): string {
  const { duplicates, explainedOverlaps, failedRequests } = counts;
  const explained = Object.entries(duplicates.explained).map(([kind, n]) => `${n} by ${kind}`);
  const kinds = Object.keys(VERDICT_KINDS) as VerdictKind[];
  return [
    `${counts.produced} records, ${counts.expected} deliveries due: ` +
      `${counts.delivered} delivered, ${counts.excused} excused`,
    `${counts.requests} requests, ${failedRequests} of them not answered 2xx; duplicates: ` +
      `${[...explained, `${duplicates.unexplained} unexplained`].join(', ')}; ` +
      `${explainedOverlaps} overlaps explained`,
    ...kinds.flatMap((kind) => {
      const given = verdicts.filter((verdict) => verdict.kind === kind);
      const [first] = given;
      if (first === undefined) return [];
      const { queue, messageId, text } = first;
      const of = `queue ${queue ?? '-'}, message ${messageId ?? '-'}`;
      return [`${given.length} × ${kind} (${VERDICT_KINDS[kind]}); the first: ${of}: ${text}`];
    }),
    ...(verdicts.length === 0 ? ['no verdicts'] : []),
  ].join('\n');
}
