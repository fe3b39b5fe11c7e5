import { SigningKeysStore, type PublishedKey } from '@app/applications';
import type { Command } from 'commander';
import { cipherOf, type DatabaseSession, withDatabase } from './database-session.js';
import { label } from './option-values.js';
import { overlapOption } from './overlap-option.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface ClientIdOptions {
  readonly clientId: string;
}

interface RotateOptions extends ClientIdOptions {
  readonly overlap: number;
}

const PUBLISHED =
  'Deliveries carry a v1a signature by it within 30 s; its public half is at /.well-known/webhook-keys.json.';

/** Commands of the group `application` that are about Ed25519 signatures. */
export function addSigningKeyCommands(application: Command, terminal: TerminalInterface): void {
  addEnable(application, terminal);
  addRotate(application, terminal);
  addDisable(application, terminal);
  addList(application, terminal);
}

function addEnable(application: Command, terminal: TerminalInterface): void {
  const enable = application
    .command('enable-signing-key')
    .description('sign deliveries of an application with Ed25519 besides (Standard Webhooks, v1a)')
    .requiredOption('--client-id <id>', 'of the application', label);
  reporting(enable, terminal, ({ clientId }: ClientIdOptions) =>
    withDatabase(terminal, async (session) => {
      const key = shown(await storeOf(session).enable(clientId));
      return { json: key, text: record(key, PUBLISHED) };
    }),
  );
}

function addRotate(application: Command, terminal: TerminalInterface): void {
  const rotate = application
    .command('rotate-signing-key')
    .description('make another Ed25519 key; the former one signs besides for a while')
    .requiredOption('--client-id <id>', 'of the application', label)
    .addOption(overlapOption('how long the former one signs besides'));
  reporting(rotate, terminal, ({ clientId, overlap: overlapMs }: RotateOptions) =>
    withDatabase(terminal, async (session) => {
      const key = shown(await storeOf(session).rotate(clientId, overlapMs));
      return { json: key, text: record(key, PUBLISHED) };
    }),
  );
}

function addDisable(application: Command, terminal: TerminalInterface): void {
  const disable = application
    .command('disable-signing-key')
    .description('sign no longer with Ed25519; receivers that rely on it refuse from then on')
    .requiredOption('--client-id <id>', 'of the application', label);
  reporting(disable, terminal, ({ clientId }: ClientIdOptions) =>
    withDatabase(terminal, async (session) => {
      const outcome = { clientId, disabled: await storeOf(session).disable(clientId) };
      const sentence = outcome.disabled
        ? 'Deliveries carry no v1a signature any more, everywhere within 30 s.'
        : 'There was no signing key: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}

function addList(application: Command, terminal: TerminalInterface): void {
  const list = application
    .command('signing-keys')
    .description('public halves of the Ed25519 keys that sign')
    .option('--client-id <id>', 'only those of this application', label);
  reporting(list, terminal, ({ clientId }: Partial<ClientIdOptions>) =>
    withDatabase(terminal, async (session) => {
      const keys = (await storeOf(session).published(clientId)).map(shown);
      const text = table(
        keys,
        [
          ['client id', (key) => key.clientId],
          ['key id', (key) => key.keyId],
          ['public key', (key) => key.publicKey],
          ['signs until', (key) => key.validUntil ?? 'it is replaced'],
        ],
        'There are no signing keys.',
      );
      return { json: keys, text };
    }),
  );
}

const shown = ({ publicKey, ...key }: PublishedKey) => ({
  ...key,
  publicKey: `whpk_${publicKey.toString('base64')}`,
});

function storeOf({ dataSource, configuration }: DatabaseSession): SigningKeysStore {
  return new SigningKeysStore(dataSource, cipherOf(configuration));
}
