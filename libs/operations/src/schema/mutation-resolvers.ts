import type { OperationResult, Operator as QueueOperator } from '@app/queue';
import { type ActionInput, actingOperator } from '../actions/action-input.js';
import { outcomeOf, refused } from '../actions/action-outcome.js';
import { type RecoveryInput, recoverySettings } from '../actions/recovery-input.js';
import { type ReplayInput, replayRange } from '../actions/replay-input.js';
import { deadLetterSelection, type RedriveSelection } from '../dead-letters/redrive-input.js';
import type { OperatorContext } from '../operator-context.js';
import type { OperatorParts } from '../operator-parts.js';
import type { Resolver, Resolvers } from './resolvers.js';

type QueueInput = ActionInput & { readonly integrationId: string };
type RedriveInput = ActionInput & { readonly select: RedriveSelection };
type MessageInput = QueueInput & { readonly messageId: string };

export function mutationResolvers(parts: OperatorParts): Resolvers {
  const { queues, operations, endPointFault } = parts;

  /** A mutation that does one thing to a queue and answers with the queue as it is then. */
  const onQueue =
    <Input extends QueueInput>(
      act: (input: Input, operator: QueueOperator) => Promise<OperationResult>,
    ): Resolver =>
    async (_source: unknown, { input }: { input: Input }, context: OperatorContext) => {
      const { integrationId } = input;
      const outcome = await outcomeOf(integrationId, act(input, actingOperator(context, input)));
      const queue = () => queues.one(integrationId);
      return { ...outcome, dryRun: input.dryRun, queue };
    };

  return {
    Mutation: {
      pauseQueue: onQueue((input, by) => operations.pause(input.integrationId, by)),
      resumeQueue: onQueue((input, by) => operations.resume(input.integrationId, by)),
      unblockQueue: onQueue((input, by) => operations.unblock(input.integrationId, by)),
      setQueueRecovery: onQueue<QueueInput & RecoveryInput>((input, by) =>
        operations.setRecovery(input.integrationId, recoverySettings(input), by),
      ),
      skipMessage: onQueue<MessageInput>(({ integrationId, messageId }, by) =>
        operations.skip(integrationId, messageId, by),
      ),
      unskipMessage: onQueue<MessageInput>(({ integrationId, messageId }, by) =>
        operations.unskip(integrationId, messageId, by),
      ),
      discardMessage: onQueue<MessageInput>(({ integrationId, messageId }, by) =>
        operations.discard(integrationId, messageId, by),
      ),
      replayMessages: onQueue<QueueInput & ReplayInput>((input, by) =>
        operations.replay(input.integrationId, replayRange(input, endPointFault), by),
      ),
      redriveDeadLetters: redriving(parts),
    },
  };
}

const redriving =
  ({ redrive }: OperatorParts): Resolver =>
  async (_source: unknown, { input }: { input: RedriveInput }, context: OperatorContext) => {
    const selection = deadLetterSelection(input.select);
    const result = await refused(redrive.execute(selection, actingOperator(context, input)));
    return { ...result, dryRun: input.dryRun };
  };
