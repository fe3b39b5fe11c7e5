import type { Level, Logger as Pino } from 'pino';
import type { LogDestination } from './create-logger.js';
import { errorFields } from './error-fields.js';
import { type LogEvent, type LogFields, Logger } from './logger.js';
import { redact } from './redaction.js';

const FLUSH_LIMIT_MS = 2_000;

export class PinoLogger extends Logger {
  private readonly pino: Pino;

  constructor(
    private readonly root: Pino,
    private readonly output: LogDestination,
    private readonly bindings: Readonly<Record<string, unknown>> = {},
  ) {
    super();
    this.pino = Object.keys(bindings).length === 0 ? root : root.child(bindings);
  }

  override fatal(event: LogEvent, fields?: LogFields): void {
    this.write('fatal', event, fields);
  }

  override error(event: LogEvent, fields?: LogFields): void {
    this.write('error', event, fields);
  }

  override warn(event: LogEvent, fields?: LogFields): void {
    this.write('warn', event, fields);
  }

  override info(event: LogEvent, fields?: LogFields): void {
    this.write('info', event, fields);
  }

  override debug(event: LogEvent, fields?: LogFields): void {
    this.write('debug', event, fields);
  }

  override trace(event: LogEvent, fields?: LogFields): void {
    this.write('trace', event, fields);
  }

  /** From the root, with everything merged: a child of pino's child repeats `component`. */
  override child(component: string, fields: LogFields = {}): Logger {
    const bindings = { ...this.bindings, ...redact(fields), component };
    return new PinoLogger(this.root, this.output, bindings);
  }

  override isEnabled(level: 'debug' | 'trace'): boolean {
    return this.pino.isLevelEnabled(level);
  }

  override async flush(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.output.flush === undefined) return resolve();
      // A reader of standard output that hangs must not keep the process from ending.
      const timer = setTimeout(resolve, FLUSH_LIMIT_MS);
      this.output.flush(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private write(level: Level, event: LogEvent, fields: LogFields | undefined): void {
    if (!this.pino.isLevelEnabled(level)) return;
    if (fields === undefined) return this.pino[level]({ event });
    const { error, ...rest } = fields;
    const line = { event, ...redact(rest) };
    if (error === undefined) return this.pino[level](line);
    // Below `error` a failure is expected, such as a broker that is not there yet: no stack.
    const withStack = level === 'fatal' || level === 'error' || this.isEnabled('debug');
    this.pino[level]({ ...line, error: errorFields(error, withStack) });
  }
}
