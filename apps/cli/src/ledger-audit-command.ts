import { type Command, InvalidArgumentError } from 'commander';
import { AuditFailedError } from './cli.errors.js';
import { LedgerProof, type LedgerAttempt, type LedgerEntry } from './ledger-proof.js';
import { eachOf, PAGE_INFO } from './operator-api/list-pages.js';
import type { OperatorApi } from './operator-api/operator-api.interface.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { moment, uuid } from './option-values.js';
import { counted } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface AuditOptions {
  readonly queue?: string;
  readonly from?: Bound;
  readonly to?: Bound;
  readonly json?: true;
}

type Bound = { readonly seq: string } | { readonly time: string };

interface Range {
  readonly from: string | null;
  readonly to: string | null;
  readonly keptSince: string;
}

const PROGRESS_EVERY = 10_000;

const RANGE = `query($id: UUID!, $fromTime: DateTime, $toTime: DateTime) {
  range: ledgerRange(integrationId: $id, fromTime: $fromTime, toTime: $toTime) { from to keptSince } }`;

const PAGE = `query($id: UUID!, $from: String, $to: String, $first: Int!, $after: String) {
  page: ledger(integrationId: $id, from: $from, to: $to, first: $first, after: $after) {
    edges { node { seq messageId webhookId type origin topic partition offset enqueuedAt endPoint status attemptCount
      lastAttempts { attempt startedAt durationMs outcome statusCode code } setAside { decidedAt decidedBy reason } } }
    ${PAGE_INFO} } }`;

function bound(text: string): Bound {
  if (/^\d{1,18}$/.test(text)) return { seq: text };
  try {
    return { time: moment(text) };
  } catch {
    throw new InvalidArgumentError(
      'It is neither a position, such as 1200, nor a time with its offset, such as 2026-01-31T12:00:00Z.',
    );
  }
}

/** `audit --queue …`, beside `audit list`. */
export function addLedgerAudit(audit: Command, terminal: TerminalInterface): void {
  audit
    .usage('[options] | list [options]')
    .option('--queue <integration>', 'whose queue is to be proved, position by position', uuid)
    .option('--from <position|time>', 'from there on; from the first one when not given', bound)
    .option('--to <position|time>', 'until there, included; to the last one when not given', bound)
    .option('--json', 'print a line of JSON for each position, and one for the result')
    .action(async ({ queue, ...options }: AuditOptions) => {
      if (queue === undefined) audit.help({ error: true });
      await withOperatorApi(terminal, {}, (api) => prove(api, queue, options, terminal));
    });
}

async function prove(
  api: OperatorApi,
  id: string,
  options: Omit<AuditOptions, 'queue'>,
  terminal: TerminalInterface,
): Promise<void> {
  const { from, to, keptSince } = await rangeOf(api, id, options);
  const last = BigInt(to ?? '0');
  const proof = new LedgerProof({
    from: BigInt(from ?? '1'),
    to: last,
    keptSince: new Date(keptSince),
  });
  if (from !== null && to !== null) {
    const variables = { id, from, to };
    for await (const entry of eachOf<LedgerEntry>(api, { document: PAGE, variables })) {
      proof.add(entry);
      terminal.out(`${options.json ? JSON.stringify(entry) : lineOf(entry)}\n`);
      const { positions } = proof.counts;
      if (positions % PROGRESS_EVERY === 0)
        terminal.err(`${positions} positions, up to ${entry.seq} of ${to}\n`);
    }
    proof.end();
  }
  terminal.out(options.json ? `${JSON.stringify(resultOf(proof))}\n` : resultText(proof));
  if (proof.findings.length > 0) throw new AuditFailedError(proof.findings.length);
}

async function rangeOf(
  api: OperatorApi,
  id: string,
  { from, to }: Omit<AuditOptions, 'queue'>,
): Promise<Range> {
  const fromTime = from && 'time' in from ? from.time : null;
  const toTime = to && 'time' in to ? to.time : null;
  const { range } = await api.execute<{ range: Range }>(RANGE, { id, fromTime, toTime });
  const asked = to && 'seq' in to ? to.seq : null;
  const isBehind = asked !== null && range.to !== null && BigInt(asked) > BigInt(range.to);
  return {
    ...range,
    from: from && 'seq' in from ? from.seq : range.from,
    to: asked === null || isBehind ? range.to : asked,
  };
}

function lineOf(entry: LedgerEntry): string {
  const { seq, topic, partition, offset, messageId, enqueuedAt, status, origin } = entry;
  const record = topic === null ? origin.toLowerCase() : `${topic}[${partition}]@${offset}`;
  const copy = origin === 'REPLAY' || origin === 'REQUEUE' ? ` (${origin.toLowerCase()})` : '';
  const decided = entry.setAside ? ` by ${JSON.stringify(entry.setAside.decidedBy)}` : '';
  return `${seq}  ${record}${copy} → ${messageId}  stored ${enqueuedAt}  ${status}${decided}${attemptText(entry)}`;
}

function attemptText({ attemptCount, lastAttempts }: LedgerEntry): string {
  const last = lastAttempts.at(-1);
  return last ? `  attempt ${attemptCount}: ${answerText(last)}` : '';
}

function answerText({ startedAt, durationMs, outcome, statusCode, code }: LedgerAttempt): string {
  const answered = new Date(Date.parse(startedAt) + durationMs).toISOString();
  return `sent ${startedAt}, answered ${answered}, ${outcome} ${statusCode ?? code ?? ''}`.trimEnd();
}

const resultOf = ({ findings, notes, counts }: LedgerProof) => ({
  proved: findings.length === 0,
  ...counts,
  findings,
  notes,
});

function resultText({ findings, notes, counts }: LedgerProof): string {
  const { positions, delivered, identified } = counts;
  return [
    '',
    `${counted(positions, 'position')}: ${delivered} delivered; ${identified} have the message id that follows from their record.`,
    ...notes.map((note) => `not to be proved: ${note}`),
    ...findings.map(({ text }) => `WRONG: ${text}`),
    findings.length === 0
      ? 'Proved: no gap, every delivery was recorded once and sent after the one before it.'
      : `Not proved: ${counted(findings.length, 'finding')}.`,
    '',
  ].join('\n');
}
