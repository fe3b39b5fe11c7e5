import { createServer } from 'node:net';

/**
 * Ports below the range from which systems pick local ports for outgoing connections (Linux: from 32768).
 * A port out of that range could be taken by any client while a test has the server down, and a client
 * that connects to it could even meet itself (TCP simultaneous open).
 */
const LOWEST = 20_000;
const HIGHEST = 29_999;
const ATTEMPTS = 100;

/** A port on 127.0.0.1 on which nobody listens; `preferred` when that one is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred, '127.0.0.1'))) return preferred;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await isFree(port, '127.0.0.1')) return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`);
}

/** Whether a server could listen there now; without a host, on every address of the machine. */
export function isFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
