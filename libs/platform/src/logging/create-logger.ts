import { type DestinationStream, destination, pino } from 'pino';
import type { LogConfiguration } from '../configuration/configuration.js';
import type { Logger } from './logger.js';
import { PinoLogger } from './pino-logger.js';
import { prettyLine } from './pretty-line.js';
import { visibleJson } from './visible-text.js';

/** Lines gather up to this before they are written: one system call for some ten lines. */
const BUFFER_BYTES = 4_096;
/** A quiet service shows its lines no later than this. */
const FLUSH_INTERVAL_MS = 100;
/** Where nobody reads standard output, lines are dropped above this instead of filling memory. */
const MAX_BUFFERED_BYTES = 16 * 1_024 * 1_024;

/** Where lines go: pino's buffered stream, or one that a spec looks into. */
export interface LogDestination extends DestinationStream {
  flush?(done: (error?: Error) => void): void;
}

/**
 * JSON lines on standard output, buffered: a line per delivery attempt, several thousand times a
 * second, must not wait for a terminal or a pipe. What is buffered is written when the process
 * exits, also by `process.exit` and by an uncaught error; only SIGKILL loses up to 100 ms of lines.
 */
export function createLogger(configuration: LogConfiguration, output?: LogDestination): Logger {
  if (output !== undefined) return loggerOn(configuration, output);
  const stream = destination({
    dest: 1,
    sync: false,
    minLength: BUFFER_BYTES,
    periodicFlush: FLUSH_INTERVAL_MS,
    maxLength: MAX_BUFFERED_BYTES,
  });
  const logger = loggerOn(configuration, stream);
  let dropped = 0;
  stream.on('drop', () => dropped++);
  stream.on('drain', () => {
    if (dropped > 0) logger.warn('log_line.dropped', { lines: dropped });
    dropped = 0;
  });
  return logger;
}

const lastTime = { at: 0, field: '' };

/** As pino's isoTime; under load several lines share a millisecond, and its text costs more than the rest of a line. */
function timeField(): string {
  const now = Date.now();
  if (now !== lastTime.at) {
    lastTime.at = now;
    lastTime.field = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastTime.field;
}

function loggerOn({ level, format }: LogConfiguration, output: LogDestination): Logger {
  const written = format === 'pretty' ? prettyLine : visibleJson;
  const stream = { write: (line: string) => output.write(written(line)) };
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: timeField,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return new PinoLogger(pino(options, stream), output);
}
