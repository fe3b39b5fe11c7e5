import type { Command } from 'commander';
import { addQueueListCommand } from './queue-list-command.js';
import { addQueueMessageCommands } from './queue-message-commands.js';
import { addQueueShowCommand } from './queue-show-command.js';
import { addQueueStateCommands } from './queue-state-commands.js';
import type { TerminalInterface } from './terminal.interface.js';

export function addQueueCommands(program: Command, terminal: TerminalInterface): void {
  const queue = program.command('queue').description('delivery queues, one for each integration');
  addQueueListCommand(queue, terminal);
  addQueueShowCommand(queue, terminal);
  addQueueStateCommands(queue, terminal);
  addQueueMessageCommands(queue, terminal);
}
