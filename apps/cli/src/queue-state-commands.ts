import { type Command, Option } from 'commander';
import { type ActionOptions, addActionOptions } from './action-options.js';
import { milliseconds } from './duration-option.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { uuid } from './option-values.js';
import { actionReport, actOnQueue } from './queue-action.js';
import { record, reporting } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

type QueueOptions = ActionOptions & { readonly integration: string };

interface RecoveryOptions extends QueueOptions {
  readonly mode: 'probe' | 'manual' | 'configured';
  readonly backoffMin?: number;
  readonly backoffMax?: number;
}

const QUEUE_INPUT = 'QueueActionInput';

/** Commands that stop a queue, let it go on, and say how it recovers. */
export function addQueueStateCommands(queue: Command, terminal: TerminalInterface): void {
  addUnblock(queue, terminal);
  addPauseAndResume(queue, terminal);
  addSetRecovery(queue, terminal);
}

function addUnblock(queue: Command, terminal: TerminalInterface): void {
  const unblock = queue
    .command('unblock')
    .description('have the head of a blocked queue tried now; nothing is skipped')
    .requiredOption('--integration <id>', 'whose queue', uuid);
  addActionOptions(unblock);
  reporting(unblock, terminal, ({ integration: integrationId, ...options }: QueueOptions) =>
    withOperatorApi(terminal, options, async (api) => {
      const { outcome, dryRun } = await actOnQueue(terminal, api, {
        mutation: 'unblockQueue',
        inputType: QUEUE_INPUT,
        integrationId,
        options,
      });
      const unblocked = outcome !== 'NOT_BLOCKED';
      const status = unblocked ? 'BLOCKED' : 'HEALTHY';
      const result = { integrationId, unblocked, status };
      const now =
        outcome === 'UNCHANGED'
          ? 'That was asked for before: its head is tried at the next sweep.'
          : 'Its head is tried now; it stays BLOCKED until that was delivered.';
      const done = dryRun ? 'A dry run: nothing was done. Its head would be tried now.' : now;
      const sentence = unblocked ? done : 'The queue was not blocked: nothing was done.';
      return { json: dryRun ? { ...result, dryRun } : result, text: record(result, sentence) };
    }),
  );
}

function addPauseAndResume(queue: Command, terminal: TerminalInterface): void {
  const sentences = {
    pause: 'Nothing more is sent; events go on being queued.',
    resume: 'It goes on where it was.',
  };
  for (const name of ['pause', 'resume'] as const) {
    const command = queue
      .command(name)
      .description(name === 'pause' ? 'stop a queue; events are kept' : 'let a paused queue go on')
      .requiredOption('--integration <id>', 'whose queue', uuid);
    addActionOptions(command);
    reporting(command, terminal, ({ integration: integrationId, ...options }: QueueOptions) =>
      withOperatorApi(terminal, options, async (api) => {
        const mutation = `${name}Queue`;
        const action = { mutation, inputType: QUEUE_INPUT, integrationId, options };
        return actionReport(
          integrationId,
          await actOnQueue(terminal, api, action),
          () => sentences[name],
        );
      }),
    );
  }
}

function addSetRecovery(queue: Command, terminal: TerminalInterface): void {
  const set = queue
    .command('set-recovery')
    .description('say how a blocked queue is freed; one that gave up is tried again')
    .requiredOption('--integration <id>', 'whose queue', uuid)
    .addOption(
      new Option('--mode <mode>', 'tried again by itself, by an operator alone, or as configured')
        .choices(['probe', 'manual', 'configured'])
        .makeOptionMandatory(),
    )
    .option('--backoff-min <duration>', 'shortest pause between attempts, such as 5s', milliseconds)
    .option(
      '--backoff-max <duration>',
      'longest pause; both or none (then as configured)',
      milliseconds,
    );
  addActionOptions(set);
  reporting(set, terminal, (options: RecoveryOptions) =>
    withOperatorApi(terminal, options, async (api) => {
      const { integration: integrationId, mode, backoffMin, backoffMax } = options;
      const input = {
        mode: mode === 'configured' ? null : mode.toUpperCase(),
        backoffMinMs: backoffMin ?? null,
        backoffMaxMs: backoffMax ?? null,
      };
      const payload = await actOnQueue(terminal, api, {
        mutation: 'setQueueRecovery',
        inputType: 'SetRecoveryInput',
        integrationId,
        input,
        options,
      });
      return actionReport(integrationId, payload, () => 'It recovers so from now on.');
    }),
  );
}
