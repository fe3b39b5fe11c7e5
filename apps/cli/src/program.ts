import { Command } from 'commander';
import { addApplicationCommands } from './application-commands.js';
import { addAuditCommands } from './audit-commands.js';
import { addClientCertificateCommands } from './client-certificate-commands.js';
import { addClientCommands } from './client-commands.js';
import { addDeadLetterCommands } from './dead-letter-commands.js';
import { addIntegrationCommands } from './integration-commands.js';
import { addMessageCommands } from './message-commands.js';
import { addMigrateCommand } from './migrate-command.js';
import { addOperatorCommands } from './operator-commands.js';
import { addQueueCommands } from './queue-commands.js';
import { addSecretCommands } from './secret-commands.js';
import type { TerminalInterface } from './terminal.interface.js';
import { addWebhookCommands } from './webhook-commands.js';

/** The operator's command line. Subcommands inherit the settings, so these come first. */
export function createProgram(terminal: TerminalInterface): Command {
  const program = new Command('npm run cli --')
    .description(
      'Operate the webhook service: applications, tokens, webhooks, queues, dead letters.',
    )
    .exitOverride()
    // `audit` has options of its own beside those of `audit list`.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
    })
    .showHelpAfterError('(--help lists what is possible)');
  addApplicationCommands(program, terminal);
  addIntegrationCommands(program, terminal);
  addClientCommands(program, terminal);
  addClientCertificateCommands(program, terminal);
  addWebhookCommands(program, terminal);
  addQueueCommands(program, terminal);
  addMessageCommands(program, terminal);
  addDeadLetterCommands(program, terminal);
  addAuditCommands(program, terminal);
  addOperatorCommands(program, terminal);
  addSecretCommands(program, terminal);
  addMigrateCommand(program, terminal);
  return program;
}
