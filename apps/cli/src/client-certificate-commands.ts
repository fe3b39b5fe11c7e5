import { readFile } from 'node:fs/promises';
import { ClientCertificatesStore } from '@app/applications';
import { clientCertificateDetails } from '@app/delivery';
import type { Command } from 'commander';
import { FileUnreadableError } from './cli.errors.js';
import { cipherOf, type DatabaseSession, withDatabase } from './database-session.js';
import { uuid } from './option-values.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface SetOptions {
  readonly integration: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

interface RemoveOptions {
  readonly integration: string;
}

/** What integrations present to receivers that ask for a client certificate (mTLS). */
export function addClientCertificateCommands(program: Command, terminal: TerminalInterface): void {
  const certificate = program
    .command('client-certificate')
    .description('certificates that deliveries present to receivers that ask for one (mTLS)');
  addSet(certificate, terminal);
  addList(certificate, terminal);
  addRemove(certificate, terminal);
}

function addSet(certificate: Command, terminal: TerminalInterface): void {
  const set = certificate
    .command('set')
    .description('present this certificate from now on; it replaces another one')
    .requiredOption('--integration <id>', 'an integration, or an OAuth client by its id', uuid)
    .requiredOption(
      '--certificate-file <path>',
      'PEM: the certificate, behind it intermediate ones',
    )
    .requiredOption('--key-file <path>', 'PEM: its private key, without a passphrase');
  reporting(set, terminal, (options: SetOptions) =>
    withDatabase(terminal, async (session) => {
      const [pem, key] = await Promise.all([
        textOf(options.certificateFile),
        textOf(options.keyFile),
      ]);
      const details = clientCertificateDetails(pem, key);
      const { integration: integrationId } = options;
      await storeOf(session).set({ integrationId, certificate: pem, key, ...details });
      const shown = { integrationId, ...details };
      const sentences = ['Deliveries present it everywhere within 10 s.'];
      if (details.validUntil < new Date()) sentences.push('Its time is over: receivers refuse it.');
      return { json: shown, text: record(shown, ...sentences) };
    }),
  );
}

function addList(certificate: Command, terminal: TerminalInterface): void {
  const list = certificate
    .command('list')
    .description('which integrations have one, those that end first come first; never the keys');
  reporting(list, terminal, () =>
    withDatabase(terminal, async (session) => {
      const rows = await storeOf(session).list();
      const text = table(
        rows,
        [
          ['integration', (row) => row.integrationId],
          ['valid until', (row) => row.validUntil],
          ['fingerprint (SHA-256)', (row) => row.fingerprint],
        ],
        'There are no client certificates.',
      );
      return { json: rows, text };
    }),
  );
}

function addRemove(certificate: Command, terminal: TerminalInterface): void {
  const remove = certificate
    .command('remove')
    .description('present none any more')
    .requiredOption('--integration <id>', 'an integration, or an OAuth client by its id', uuid);
  reporting(remove, terminal, ({ integration: integrationId }: RemoveOptions) =>
    withDatabase(terminal, async (session) => {
      const outcome = { integrationId, removed: await storeOf(session).remove(integrationId) };
      const sentence = outcome.removed
        ? 'Deliveries present none any more, everywhere within 10 s.'
        : 'There was none: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new FileUnreadableError(path, error);
  }
}

function storeOf({ dataSource, configuration }: DatabaseSession): ClientCertificatesStore {
  return new ClientCertificatesStore(dataSource, cipherOf(configuration));
}
