import type { Command } from 'commander';
import { addLedgerAudit } from './ledger-audit-command.js';
import { listPages, PAGE_INFO } from './operator-api/list-pages.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { label, limit, moment, uuid } from './option-values.js';
import { reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ListOptions {
  readonly actor?: string;
  readonly action?: string;
  readonly integration?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
}

interface ActionRow {
  readonly actedAt: string;
  readonly actor: string;
  readonly action: string;
  readonly integrationId: string | null;
  readonly target: unknown;
  readonly reason: string | null;
}

const DEFAULT_LIMIT = 100;

const DOCUMENT = `query($filter: AuditLogFilter, $first: Int!, $after: String) {
  page: auditLog(filter: $filter, first: $first, after: $after) { edges { node {
    id actedAt actor action integrationId target reason requestId before after result } } ${PAGE_INFO} } }`;

export function addAuditCommands(program: Command, terminal: TerminalInterface): void {
  const audit = program
    .command('audit')
    .description('prove what became of the records of a queue; list what operators did');
  addLedgerAudit(audit, terminal);
  const list = audit
    .command('list')
    .description('list what operators did, the newest first')
    .option('--actor <name>', 'only what they did', label)
    .option('--action <verb>', 'only this, such as skip', label)
    .option('--integration <id>', 'only to the queue of this integration', uuid)
    .option('--after <time>', 'from then on', moment)
    .option('--before <time>', 'until then', moment)
    .option('--limit <number>', 'at most so many', limit, DEFAULT_LIMIT);
  reporting(list, terminal, ({ limit: most, integration, ...others }: ListOptions) =>
    withOperatorApi(terminal, {}, async (api) => {
      const { actor, action, after, before } = others;
      const filter = { actor, action, integrationId: integration, after, before };
      const variables = { filter };
      const rows = await listPages<ActionRow>(api, { document: DOCUMENT, variables, limit: most });
      const text = table(
        rows,
        [
          ['time', (row) => row.actedAt],
          ['actor', (row) => row.actor],
          ['action', (row) => row.action],
          ['integration', (row) => row.integrationId],
          ['target', (row) => (row.target === null ? null : JSON.stringify(row.target))],
          ['reason', (row) => row.reason],
        ],
        'Nothing of the kind was done.',
      );
      const more = rows.length === most ? `\n\nOnly the newest ${most}; --limit shows more.` : '';
      return { json: rows, text: `${text}${more}` };
    }),
  );
}
