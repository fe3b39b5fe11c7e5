import type { Socket } from 'node:net';

/** What this file needs of a connected client of pg. */
interface ConnectedClient {
  readonly connection: { readonly stream: Socket };
}

/**
 * Breaks a connection on which nothing moves for so many milliseconds: one whose other end vanished
 * without a word would hold its caller for the quarter of an hour that TCP tries. pg's own
 * `query_timeout` does not help, because it leaves the stuck connection in the pool, where every
 * later statement waits behind the one that is never answered.
 */
export function limitSilence({ connection: { stream } }: ConnectedClient, limitMs: number): void {
  stream.setTimeout(limitMs);
  stream.on('timeout', () => {
    stream.destroy(new Error(`the database was silent for ${limitMs} ms`));
  });
}

/** Lifts the limit from a connection; what is returned puts it back. */
export function liftSilenceLimit({ connection: { stream } }: ConnectedClient): () => void {
  const limitMs = stream.timeout ?? 0;
  stream.setTimeout(0);
  return () => void stream.setTimeout(limitMs);
}
