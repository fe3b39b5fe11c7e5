import { InFlightDeliveries } from '@app/queue';
import type { DatabaseSession } from './database-session.js';
import type { TerminalInterface } from './terminal.interface.js';

/** Somebody who sees nothing for longer takes the command for hung and breaks it off. */
const SILENT_MS = 2_000;

/** What was changed, and may still be under way by the state before. */
export interface Stopped {
  readonly queueIds: readonly string[];
  /** Only requests of this webhook. */
  readonly webhookId?: string;
}

/**
 * Waits for the end of the requests that were under way when a change was committed: once the command
 * has answered, nothing is sent by the state before. Mostly at once, else one attempt of a receiver;
 * after the death of a replica until its lease is over.
 */
export async function inFlightEnded(
  { dataSource }: DatabaseSession,
  terminal: TerminalInterface,
  { queueIds, webhookId }: Stopped,
): Promise<void> {
  const note = 'The change is made; waiting for a request that is under way to end.';
  await aloud(terminal, note, new InFlightDeliveries(dataSource).ended(queueIds, webhookId));
}

/** Says what is waited for, where that takes longer than a moment. */
export async function aloud<T>(
  terminal: TerminalInterface,
  note: string,
  work: Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => terminal.err(`${note}\n`), SILENT_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
