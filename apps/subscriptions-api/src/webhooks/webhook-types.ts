import { CATALOGUE, dispatchedRows, type DispatchSwitches, type WebhookType } from '@app/events';

/** An event type as the API shows it. */
export interface WebhookTypeView {
  readonly type: WebhookType;
  readonly topic: string;
  readonly description: string;
  readonly dispatched: boolean;
}

/** The catalogue of event types, and which of them this installation sends. */
export class WebhookTypes {
  readonly all: readonly WebhookTypeView[];

  constructor(switches: DispatchSwitches) {
    const dispatched = new Set<string>(dispatchedRows(switches).map(({ type }) => type));
    this.all = CATALOGUE.map(({ type, topic, description }) => ({
      type,
      topic,
      description,
      dispatched: dispatched.has(type),
    }));
  }
}
