import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Requests that were accepted and are not answered yet. Apollo, when it is stopped, cuts connections
 * after 10 s of its own; so it is stopped when none of these is left.
 */
export class OpenRequests {
  private readonly responses = new Set<ServerResponse>();
  private whenNone: (() => void) | undefined;
  private finishing = false;

  constructor(private readonly server: Server) {
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.responses.add(response);
      if (this.finishing) response.setHeader('Connection', 'close');
      response.once('close', () => {
        this.responses.delete(response);
        if (this.responses.size === 0) this.whenNone?.();
      });
    });
  }

  /**
   * Takes no more connections and resolves when every request is answered; connections without one do
   * not hold it up.
   */
  finish(): Promise<void> {
    this.finishing = true;
    this.server.close();
    for (const response of this.responses) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    return this.none();
  }

  /**
   * Cuts off what is not answered, and resolves when whoever works at that has been told: before anything
   * is closed that they use, or they would take that for a fault.
   */
  cutOff(): Promise<void> {
    this.server.closeAllConnections();
    return this.none();
  }

  private none(): Promise<void> {
    return new Promise((resolve) => {
      this.whenNone = resolve;
      if (this.responses.size === 0) resolve();
    });
  }
}
