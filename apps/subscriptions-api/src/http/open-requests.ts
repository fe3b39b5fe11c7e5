import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Requests that were accepted and are not answered yet. Apollo, when it is stopped, cuts connections
 * after 10 s of its own; so it is stopped when none of these is left.
 */
export class OpenRequests {
  private readonly responses = new Set<ServerResponse>();
  private finishing: (() => void) | undefined;

  constructor(private readonly server: Server) {
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.responses.add(response);
      if (this.finishing) response.setHeader('Connection', 'close');
      response.once('close', () => {
        this.responses.delete(response);
        if (this.responses.size === 0) this.finishing?.();
      });
    });
  }

  /**
   * Takes no more connections and resolves when every request is answered; connections without one do
   * not hold it up. What is not answered when the signal is aborted is cut off.
   */
  async finish(signal: AbortSignal): Promise<void> {
    this.server.close();
    await new Promise<void>((resolve) => {
      this.finishing = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      for (const response of this.responses) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
      }
      if (this.responses.size === 0) resolve();
    });
    this.server.closeAllConnections();
  }
}
