import type { LoggerService } from '@nestjs/common';
import type { LogEvent, LogFields, Logger } from './logger.js';

/** Nest tells of each module and route while it starts: of interest only to who looks for it. */
const CHATTY = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory']);

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * Gives Nest's lines, and those of `new Logger('Component')` of `@nestjs/common`, the form of all
 * others. Such a logger may be given `{ event, …fields }` instead of a text.
 */
export class NestLogger implements LoggerService {
  private readonly components = new Map<string, Logger>();

  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(
      typeof context === 'string' && CHATTY.has(context) ? 'debug' : 'info',
      message,
      rest,
    );
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes the context last, and before it for errors a stack or the error itself. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = rest.at(-1);
    const component = typeof context === 'string' && !isStack(context) ? context : 'Nest';
    const error = [message, ...rest].find((part) => part instanceof Error);
    const stack = rest.find((part) => typeof part === 'string' && isStack(part));
    const details = error === undefined ? { stack } : { error };
    this.of(component)[level](...lineOf(message, details));
  }

  /** Components are classes, so there are few. */
  private of(component: string): Logger {
    let logger = this.components.get(component);
    if (logger === undefined) {
      logger = this.logger.child(component);
      this.components.set(component, logger);
    }
    return logger;
  }
}

function isStack(text: string): boolean {
  return text.includes('\n    at ');
}

function lineOf(message: unknown, details: LogFields): [LogEvent, LogFields] {
  if (isWide(message)) {
    const { event, ...fields } = message;
    return [event, { ...details, ...fields }];
  }
  const text = message instanceof Error ? message.message : message;
  return ['nest.reported', { message: text, ...details }];
}

function isWide(message: unknown): message is { readonly event: LogEvent } & LogFields {
  if (typeof message !== 'object' || message === null || !('event' in message)) return false;
  return typeof message.event === 'string' && message.event.includes('.');
}
