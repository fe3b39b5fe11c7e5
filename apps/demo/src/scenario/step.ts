import type { DemoReceiver } from '../demo-receiver.js';
import type { OperatorCommands } from '../operator-commands.js';
import type { Output } from '../output.js';
import type { Patience } from '../patience.js';
import type { RecordPublisher } from '../record-publisher.js';
import type { Registration } from '../registration.js';
import type { SubscriptionsApi } from '../subscriptions-api.js';

/** What a step can work with. */
export interface Stage {
  readonly registration: Registration;
  readonly receiver: DemoReceiver;
  readonly receiverUrl: string;
  readonly publisher: RecordPublisher;
  readonly operator: OperatorCommands;
  readonly api: SubscriptionsApi;
  readonly output: Output;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** Ends the service as a crash would. */
  readonly killService: (() => void) | undefined;
}

/** True, or what was there in place of what was expected. */
export type Verdict = true | string;

/** A step says beforehand what it expects, so that the summary has a line also for what was not reached. */
export interface Step<Id extends string = string> {
  readonly title: string;
  readonly expectations: Readonly<Record<Id, string>>;
  run(stage: Stage): Promise<Readonly<Record<Id, Verdict>>>;
}

export function verdict(held: boolean, otherwise: string): Verdict {
  return held || otherwise;
}
