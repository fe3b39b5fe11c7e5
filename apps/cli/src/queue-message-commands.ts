import type { Command } from 'commander';
import { type ActionOptions, addActionOptions } from './action-options.js';
import { withOperatorApi } from './operator-api/with-operator-api.js';
import { moment, uuid } from './option-values.js';
import { type ActionPayload, actionReport, actOnQueue } from './queue-action.js';
import { counted, reporting } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

type MessageOptions = ActionOptions & { readonly integration: string; readonly message: string };

interface ReplayOptions extends ActionOptions {
  readonly integration: string;
  readonly from: string;
  readonly to: string;
  readonly webhook?: string;
  readonly endpoint?: string;
}

interface MessageVerb {
  readonly name: string;
  readonly description: string;
  readonly mutation: string;
  readonly inputType: string;
  readonly needsReason?: boolean;
  readonly done: (payload: ActionPayload) => string;
}

const PUT_BACK = {
  HEAD: 'It is the head of the queue again.',
  IN_ORDER: 'It is where it was, and sent when its turn comes.',
  BACK: 'Later messages were sent meanwhile: it waits at the back of the queue.',
};

const MESSAGE_VERBS: readonly MessageVerb[] = [
  {
    name: 'skip',
    description:
      'park the head of a queue, which has to be this message; the queue goes on behind it',
    mutation: 'skipMessage',
    inputType: 'MessageActionInput',
    done: () => 'It is parked: `queue unskip` puts it back, `queue discard` ends it.',
  },
  {
    name: 'unskip',
    description:
      'put a parked message back: where it was while nothing later was sent, else at the back',
    mutation: 'unskipMessage',
    inputType: 'MessageActionInput',
    done: ({ place }) => PUT_BACK[place ?? 'BACK'],
  },
  {
    name: 'discard',
    description: 'take a waiting or parked message out of a queue for good',
    mutation: 'discardMessage',
    inputType: 'DiscardMessageInput',
    needsReason: true,
    done: () => 'It is not sent any more. What is stored of it stays until its retention ends.',
  },
];

/** Commands about what is in a queue. */
export function addQueueMessageCommands(queue: Command, terminal: TerminalInterface): void {
  for (const verb of MESSAGE_VERBS) addMessageVerb(queue, terminal, verb);
  addReplay(queue, terminal);
}

function addMessageVerb(queue: Command, terminal: TerminalInterface, verb: MessageVerb): void {
  const { name, description, needsReason, mutation, inputType, done } = verb;
  const command = queue
    .command(name)
    .description(description)
    .requiredOption('--integration <id>', 'whose queue', uuid)
    .requiredOption('--message <id>', 'as `queue show` lists it', uuid);
  addActionOptions(command, { needsReason });
  reporting(command, terminal, (options: MessageOptions) =>
    withOperatorApi(terminal, options, async (api) => {
      const { integration: integrationId, message: messageId } = options;
      const action = { mutation, inputType, integrationId, input: { messageId }, options };
      return actionReport(integrationId, await actOnQueue(terminal, api, action), done);
    }),
  );
}

function addReplay(queue: Command, terminal: TerminalInterface): void {
  const replay = queue
    .command('replay')
    .description(
      'send what was delivered in a range of time once more, in order, behind what waits',
    )
    .requiredOption('--integration <id>', 'whose queue', uuid)
    .requiredOption('--from <time>', 'by the date of the events, this one included', moment)
    .requiredOption('--to <time>', 'and this one not', moment)
    .option('--webhook <id>', 'only what was sent for this webhook', uuid)
    .option('--endpoint <url>', 'where to, without custom headers (default: as always)');
  addActionOptions(replay);
  reporting(replay, terminal, (options: ReplayOptions) =>
    withOperatorApi(terminal, options, async (api) => {
      const { integration: integrationId, from, to, webhook, endpoint } = options;
      const input = { from, to, webhookId: webhook ?? null, endPoint: endpoint ?? null };
      const payload = await actOnQueue(terminal, api, {
        mutation: 'replayMessages',
        inputType: 'ReplayMessagesInput',
        integrationId,
        input,
        options,
      });
      return actionReport(
        integrationId,
        payload,
        ({ messages }) => `${counted(messages ?? 0, 'message')} sent once more, with the same ids.`,
      );
    }),
  );
}
