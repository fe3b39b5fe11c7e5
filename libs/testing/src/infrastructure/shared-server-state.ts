import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDirectory } from './project-directories.js';

export type ServerKind = 'kafka' | 'postgres';

/** What a supervisor tells about itself in `.data/start.<kind>.json`; the file is its lock as well. */
export interface SharedServerState {
  supervisorPid: number;
  /** On 127.0.0.1; a connection to it is what makes its holder a user of the server. */
  controlPort: number;
  /** To be sent first: the address that is told in return contains a password. */
  token: string;
  /** Brokers or database URL; absent until the server answers. */
  address?: string;
  description?: string;
}

export function statePath(kind: ServerKind): string {
  return join(dataDirectory(), `start.${kind}.json`);
}

export function readState(kind: ServerKind): SharedServerState | undefined {
  try {
    return JSON.parse(readFileSync(statePath(kind), 'utf8')) as SharedServerState;
  } catch {
    return undefined;
  }
}

/**
 * Makes `state` the state of this kind if there is none. Written beside and linked, so that nobody ever
 * reads half of it and only one of several succeeds.
 */
export function claimState(kind: ServerKind, state: SharedServerState): boolean {
  const draft = writeDraft(kind, state);
  try {
    linkSync(draft, statePath(kind));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** For the one who claimed it. */
export function replaceState(kind: ServerKind, state: SharedServerState): void {
  renameSync(writeDraft(kind, state), statePath(kind));
}

/** For the one who claimed it. */
export function releaseState(kind: ServerKind): void {
  rmSync(statePath(kind), { force: true });
}

/**
 * Removes the state of a supervisor that is gone. Moved aside first and looked at again: had another run
 * put its own there in between, that one is put back.
 */
export function clearState(kind: ServerKind, stale: SharedServerState): void {
  const aside = `${statePath(kind)}.${process.pid}.stale`;
  try {
    renameSync(statePath(kind), aside);
    const moved = JSON.parse(readFileSync(aside, 'utf8')) as SharedServerState;
    if (moved.token !== stale.token) linkSync(aside, statePath(kind));
  } catch {
    // Somebody else cleared it, or has claimed it by now.
  } finally {
    rmSync(aside, { force: true });
  }
}

function writeDraft(kind: ServerKind, state: SharedServerState): string {
  const draft = `${statePath(kind)}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(state), { mode: 0o600 });
  return draft;
}
