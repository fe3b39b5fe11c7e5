import { ClientSecretsStore, type Rotation } from '@app/applications';
import type { Command } from 'commander';
import { cipherOf, type DatabaseSession, withDatabase } from './database-session.js';
import { label } from './option-values.js';
import { overlapOption } from './overlap-option.js';
import { record, reporting, table } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

interface RotateOptions {
  readonly clientId: string;
  readonly overlap: number;
}

interface ClientIdOptions {
  readonly clientId: string;
}

const SHOWN_ONCE = 'The new client secret is shown this once and cannot be read again.';

/** Commands of the group `application` that are about client secrets. */
export function addApplicationSecretCommands(
  application: Command,
  terminal: TerminalInterface,
): void {
  addRotateSecret(application, terminal);
  addEndFormerSecret(application, terminal);
  addSecrets(application, terminal);
}

function addRotateSecret(application: Command, terminal: TerminalInterface): void {
  const rotate = application
    .command('rotate-secret')
    .description('give an application a new client secret, shown once; the former one ends later')
    .requiredOption('--client-id <id>', 'of the application', label)
    .addOption(overlapOption('how long the former one counts and signs'));
  reporting(rotate, terminal, ({ clientId, overlap: overlapMs }: RotateOptions) =>
    withDatabase(terminal, async (session) => {
      const rotated = await storeOf(session).rotate(clientId, overlapMs);
      const text = record({ ...rotated }, SHOWN_ONCE, ...consequences(rotated, overlapMs));
      return { json: rotated, text };
    }),
  );
}

function consequences({ signsFrom }: Rotation, overlapMs: number): string[] {
  if (overlapMs === 0) {
    return [
      'The former one has ended: the token endpoint refuses it from now on, and the new one signs ' +
        'what is delivered, everywhere within 30 s.',
    ];
  }
  const end = signsFrom.toISOString();
  return [
    `Until ${end} both secrets are accepted at the token endpoint, and the former one signs what ` +
      'is delivered.',
    `From ${end} on the new one signs and it alone is accepted: by then give it to those who ` +
      'verify signatures. `application end-former-secret` brings this forward.',
  ];
}

function addEndFormerSecret(application: Command, terminal: TerminalInterface): void {
  const end = application
    .command('end-former-secret')
    .description('end the overlap of a rotation now: the new client secret signs')
    .requiredOption('--client-id <id>', 'of the application', label);
  reporting(end, terminal, ({ clientId }: ClientIdOptions) =>
    withDatabase(terminal, async (session) => {
      const ended = await storeOf(session).endFormer(clientId);
      const outcome = { clientId, ended };
      const sentence = ended
        ? 'The token endpoint refuses the former secret from now on, and the current one signs what ' +
          'is delivered, everywhere within 30 s.'
        : 'There was no former secret that still counted: nothing was done.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}

function addSecrets(application: Command, terminal: TerminalInterface): void {
  const secrets = application
    .command('secrets')
    .description('which client secrets of an application count until when; never the secrets')
    .requiredOption('--client-id <id>', 'of the application', label);
  reporting(secrets, terminal, ({ clientId }: ClientIdOptions) =>
    withDatabase(terminal, async (session) => {
      const rows = await storeOf(session).validity(clientId);
      const text = table(
        rows,
        [
          ['secret', (row) => row.secret],
          ['signs', (row) => (row.signs ? 'yes' : 'no')],
          ['valid until', (row) => row.validUntil ?? 'it is replaced'],
          ['encrypted with key', (row) => row.keyId],
        ],
        'The application has no client secret.',
      );
      return { json: rows, text };
    }),
  );
}

function storeOf({ dataSource, configuration }: DatabaseSession): ClientSecretsStore {
  return new ClientSecretsStore(dataSource, cipherOf(configuration));
}
