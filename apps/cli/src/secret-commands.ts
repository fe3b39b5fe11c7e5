import { ClientSecretsStore } from '@app/applications';
import type { Command } from 'commander';
import { cipherOf, withDatabase } from './database-session.js';
import { record, reporting } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

/** Some seconds of work lie between two lines of progress. */
const PROGRESS_STEP = 1_000;

export function addSecretCommands(program: Command, terminal: TerminalInterface): void {
  const secret = program
    .command('secret')
    .description('the key that client secrets are encrypted with');

  const reencrypt = secret
    .command('reencrypt')
    .description('encrypt every client secret with SECRETS_KEY that SECRETS_KEY_SECONDARY opens');
  reporting(reencrypt, terminal, () =>
    withDatabase(terminal, async ({ dataSource, configuration }) => {
      const cipher = cipherOf(configuration);
      const store = new ClientSecretsStore(dataSource, cipher);
      const counts = await store.reencrypt(progressTo(terminal));
      const outcome = { ...counts, keyId: cipher.keyId };
      const sentence =
        'Every client secret is encrypted with SECRETS_KEY. SECRETS_KEY_SECONDARY may be dropped once ' +
        'no process has another SECRETS_KEY, and the last access token of the key before has ended.';
      return { json: outcome, text: record(outcome, sentence) };
    }),
  );
}

/** Standard error: a long run has to be seen to go on, and standard output belongs to the result. */
function progressTo(terminal: TerminalInterface): (seen: number) => void {
  let shown = 0;
  return (seen) => {
    if (seen < shown + PROGRESS_STEP) return;
    shown = seen;
    terminal.err(`${seen} applications looked at\n`);
  };
}
