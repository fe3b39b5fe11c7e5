import type { ListedQueue } from '../operator-commands.js';
import type { Party } from '../registration.js';
import type { Stage } from './step.js';

/** Shows `queue list` and returns the queues of the two integrations. */
export async function listQueues(
  stage: Stage,
): Promise<{ readonly wide: ListedQueue; readonly narrow: ListedQueue }> {
  const { operator, registration, signal } = stage;
  const listed = await operator.queues(signal);
  const of = (party: Party): ListedQueue => {
    const queue = listed.find(({ integrationId }) => integrationId === party.integrationId);
    if (!queue) throw new Error(`\`queue list\` does not name the queue of ${party.name}`);
    return show(stage, party, queue);
  };
  return { wide: of(registration.wide), narrow: of(registration.narrow) };
}

function show({ output }: Stage, { name }: Party, queue: ListedQueue): ListedQueue {
  const { status, state, depth, attempts, lastErrorMessage } = queue;
  const colour = status === 'HEALTHY' ? 'green' : 'red';
  const failed = attempts === 0 ? '' : `, ${attempts} failed: ${lastErrorMessage}`;
  const words = `${name.padEnd(8)}${output.paint(colour, status.padEnd(8))}`;
  output.note(`${words} ${state}, depth ${depth}${failed}`);
  return queue;
}
