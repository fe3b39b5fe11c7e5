import type { MessageFailedInterface, MessageInterface } from '@app/events';
import type {
  EnqueuedBatch,
  LeaseLoss,
  MessageEmitterInterface,
  OutcomeCode,
  QueueLogInterface,
  QueueMetricsInterface,
} from '@app/queue';

export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps the lines of a queue's log. */
export class RecordingLog implements QueueLogInterface {
  readonly lines: LoggedLine[] = [];

  info = this.at('info');
  warn = this.at('warn');
  error = this.at('error');

  of(event: string): LoggedLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  private at(level: LoggedLine['level']) {
    return (event: string, fields: LoggedLine['fields']): void => {
      this.lines.push({ level, event, fields });
    };
  }
}

/** Keeps what a queue counts. */
export class RecordingMetrics implements QueueMetricsInterface {
  readonly batches: EnqueuedBatch[] = [];
  readonly outcomes: (readonly [OutcomeCode, attemptMs: number | undefined, settleMs: number])[] =
    [];
  readonly leaseLosses: LeaseLoss[] = [];

  enqueued(batch: EnqueuedBatch): void {
    this.batches.push(batch);
  }

  settled(...outcome: readonly [OutcomeCode, number | undefined, number]): void {
    this.outcomes.push(outcome);
  }

  leaseLost(how: LeaseLoss): void {
    this.leaseLosses.push(how);
  }
}

/** Keeps what would go to the internal topics, and hands wake-ups to whoever listens. */
export class RecordingEmitter implements MessageEmitterInterface {
  readonly processed: MessageInterface[] = [];
  readonly failed: MessageFailedInterface[] = [];

  constructor(private readonly onProcess: (messages: readonly MessageInterface[]) => void) {}

  emitProcess(messages: readonly MessageInterface[]): Promise<void> {
    this.processed.push(...messages);
    this.onProcess(messages);
    return Promise.resolve();
  }

  emitFailed(events: readonly MessageFailedInterface[]): Promise<void> {
    this.failed.push(...events);
    return Promise.resolve();
  }
}
