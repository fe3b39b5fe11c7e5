import { actionInput, type ActionOptions } from './action-options.js';
import { aloud } from './in-flight-wait.js';
import type { OperatorApi } from './operator-api/operator-api.interface.js';
import { record, type Report } from './report.js';
import type { TerminalInterface } from './terminal.interface.js';

/** What came of an action on a queue. */
export interface ActionPayload {
  readonly outcome: 'CHANGED' | 'UNCHANGED' | 'NOT_BLOCKED' | 'NOTHING_FOUND';
  readonly dryRun: boolean;
  readonly repeated: boolean;
  readonly before: object;
  readonly after: object;
  readonly seq: string | null;
  readonly place: 'HEAD' | 'IN_ORDER' | 'BACK' | null;
  readonly messages: number | null;
  readonly firstSeq: string | null;
  readonly queue: {
    readonly status: string;
    readonly depth: number;
    readonly pausedAt: string | null;
  };
}

/** A mutation of the operator API: its name, the type of its input, and what is its own in it. */
export interface QueueAction {
  readonly mutation: string;
  readonly inputType: string;
  readonly integrationId: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly options: Partial<ActionOptions>;
}

/** May wait for a request that is under way: for at most one attempt of a receiver, mostly for none. */
export async function actOnQueue(
  terminal: TerminalInterface,
  api: OperatorApi,
  action: QueueAction,
): Promise<ActionPayload> {
  const { mutation, inputType, integrationId, input = {}, options } = action;
  const document = `mutation($input: ${inputType}!) { payload: ${mutation}(input: $input) {
    outcome dryRun repeated before after seq place messages firstSeq
    queue { status depth pausedAt } } }`;
  const variables = { input: { integrationId, ...input, ...actionInput(options) } };
  const answer = api.execute<{ payload: ActionPayload }>(document, variables);
  return (await aloud(terminal, 'Waiting for a request that is under way to end.', answer)).payload;
}

/** The sentences of an action that was done, besides those that are true of every action. */
export function actionReport(
  integrationId: string,
  payload: ActionPayload,
  done: (payload: ActionPayload) => string,
): Report {
  const { queue, outcome, dryRun, repeated, seq, place, messages, firstSeq } = payload;
  const details = { seq, place, messages, firstSeq };
  const text = record(
    {
      integrationId,
      outcome,
      ...Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null)),
      status: queue.status,
      depth: queue.depth,
      ...(queue.pausedAt !== null && { pausedAt: queue.pausedAt }),
    },
    ...(dryRun ? ['A dry run: nothing was done. This is what would happen:'] : []),
    ...(repeated ? ['A request with this id was made before: this is its answer.'] : []),
    outcome === 'CHANGED' ? done(payload) : NOT_DONE[outcome],
  );
  return { json: { integrationId, ...payload }, text };
}

const NOT_DONE = {
  UNCHANGED: 'It was so already: nothing was done.',
  NOT_BLOCKED: 'The queue was not blocked: nothing was done.',
  NOTHING_FOUND: 'There was nothing to send once more: nothing was done.',
};
