import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../infrastructure/project-directories.js';
import type { ServiceEnvironment } from '../service/service-process.js';

/**
 * Where the processor can be ended or stopped: between every two durable steps, in the order in which a record
 * comes by. The name of a point is that of its channel (`node:diagnostics_channel`) without `webhooks:`.
 */
export const CRASH_POINTS = [
  'records.read',
  'enqueue.storing',
  'enqueue.stored',
  'wake_up.emitted',
  'offsets.resolved',
  'offsets.committed',
  'claim.made',
  'request.written',
  'answer.read',
  'outcome.recording',
  'outcome.recorded',
  'failure.emitted',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** The HTTP client tells of these itself, on channels of its own. */
const CHANNELS_OF_UNDICI: Partial<Record<CrashPoint, string>> = {
  'request.written': 'undici:request:bodySent',
  'answer.read': 'undici:request:trailers',
};

/** Told at the beginning of each step of an orderly end, with the step's name. */
export const SHUTDOWN_CHANNEL = 'webhooks:shutdown.step';

export const channelOf = (point: CrashPoint): string =>
  CHANNELS_OF_UNDICI[point] ?? `webhooks:${point}`;

export interface CrashPlan {
  /** A point, or where a step of the orderly end begins. */
  readonly at: CrashPoint | { readonly shutdownStep: string };
  /** Which time the point is reached, from 1; 1 when not given. */
  readonly hit?: number;
  /** SIGKILL when not given. SIGSTOP makes a zombie, until it gets SIGCONT. */
  readonly signal?: 'SIGKILL' | 'SIGSTOP';
}

/** Variables of a process that is to end (or to stop) at a point. */
export function crashingAt({ at, hit = 1, signal = 'SIGKILL' }: CrashPlan): ServiceEnvironment {
  const step = typeof at === 'string' ? '' : at.shutdownStep;
  return {
    NODE_OPTIONS: preloading('crash-agent'),
    CRASH_CHANNEL: typeof at === 'string' ? channelOf(at) : SHUTDOWN_CHANNEL,
    CRASH_STEP: step,
    CRASH_HIT: String(hit),
    CRASH_SIGNAL: signal,
  };
}

/** Variables of a process whose wall clock is off by so many milliseconds; its monotonic clock is not. */
export function withClockOff(offsetMs: number): ServiceEnvironment {
  return { NODE_OPTIONS: preloading('clock-agent'), CLOCK_OFFSET_MS: String(offsetMs) };
}

/** @throws Error where the agents are not built. */
function preloading(agent: string): string {
  const file = join(projectRoot(), 'dist', 'libs', 'testing', 'src', 'faults', `${agent}.js`);
  if (!existsSync(file)) throw new Error(`${agent} is not built: run \`npm run build\`.`);
  return `--import ${pathToFileURL(file).href}`;
}
