import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { CPU_TICK_MICROS } from './process-cpu.js';

const LISTENING = '0A';
const HEX = 16;

/**
 * CPU time of a server of this machine that listens on a port, with all processes that it has started:
 * a broker is one process, PostgreSQL one for each connection. Undefined where it cannot be told: the
 * server is elsewhere, belongs to somebody else, or there is no /proc.
 */
export function cpuOfServer(port: number): number | undefined {
  const parent = listenerOn(port);
  if (parent === undefined) return undefined;
  const stats = processes().flatMap((pid) => statOf(pid) ?? []);
  const own = stats.find(({ pid }) => pid === parent);
  if (own === undefined) return undefined;
  const children = stats.filter(({ parentPid }) => parentPid === parent);
  // Of children that have ended the kernel adds up the time at their parent.
  const ticks = children.reduce((sum, { ticks: of }) => sum + of, own.ticks + own.endedTicks);
  return ticks * CPU_TICK_MICROS;
}

interface Stat {
  readonly pid: number;
  readonly parentPid: number;
  readonly ticks: number;
  readonly endedTicks: number;
}

/** proc_pid_stat(5); the name of the program may contain spaces, so the fields are counted behind it. */
function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parentPid = 0] = fields;
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
  return { pid, parentPid, ticks: user + system, endedTicks: endedUser + endedSystem };
}

function processes(): number[] {
  return list('/proc').map(Number).filter(Number.isInteger);
}

/** The process whose socket listens on the port. */
function listenerOn(port: number): number | undefined {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => {
    const rows = (read(table) ?? '').split('\n').map((row) => row.trim().split(/\s+/));
    const listening = rows.filter(
      ([, local, , state]) =>
        state === LISTENING && Number.parseInt(local?.split(':')[1] ?? '', HEX) === port,
    );
    return listening.flatMap((row) => row[9] ?? []);
  });
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const owners = processes().filter((pid) =>
    list(`/proc/${pid}/fd`).some((fd) => sockets.has(link(`/proc/${pid}/fd/${fd}`) ?? '')),
  );
  // PostgreSQL's children inherit the socket: the parent is the one that is nobody's child among them.
  return owners.find((pid) => !owners.includes(statOf(pid)?.parentPid ?? 0));
}

const orUndefined = <Value>(get: () => Value): Value | undefined => {
  try {
    return get();
  } catch {
    return undefined;
  }
};
const read = (file: string): string | undefined => orUndefined(() => readFileSync(file, 'utf8'));
const link = (file: string): string | undefined => orUndefined(() => readlinkSync(file));
const list = (directory: string): string[] => orUndefined(() => readdirSync(directory)) ?? [];
