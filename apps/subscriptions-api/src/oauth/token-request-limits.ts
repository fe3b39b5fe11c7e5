import { OauthError } from '@app/applications';
import type { Response } from 'express';
import type { ApiRequest } from '../http/api-request.js';
import type { RateLimitState } from '../http/api-rate-limits.store.js';
import {
  counted,
  exceededMessage,
  hashOf,
  type RateLimitParts,
  showLimit,
} from '../http/rate-limit.js';
import { Refusals } from '../http/refusals.js';

/** A client, or somebody who knows none, asks too often. The headers of the answer are set. */
export class TokenRequestsExceededError extends Error {
  override readonly name = 'TokenRequestsExceededError';
}

/** Who asks: what was presented, and where the answer's headers go. */
export interface TokenAsker {
  readonly request: ApiRequest;
  readonly response: Response;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * The limits of the token endpoint, the same as of the API. A client that authenticates is counted as
 * its application, whatever address it has. Who does not is counted by address, so that nobody can use
 * up the limit of a client whose id he knows: right credentials are never refused for wrong ones.
 */
export class TokenRequestLimits {
  private readonly refusals: Refusals;

  constructor(private readonly parts: RateLimitParts) {
    this.refusals = new Refusals(parts.clock);
  }

  /**
   * Lets the work be done, which calls what it is given once it knows the application. Throws
   * {@link TokenRequestsExceededError}, whatever keeps requests from being counted, and the work's errors.
   */
  async within<T>(
    asker: TokenAsker,
    work: (admit: (client: { readonly applicationId: string }) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const known = this.refusals.find(presented(asker));
    if (known) this.assertWithin(asker, known);
    try {
      return await work(({ applicationId }) => this.count(asker, `token:${applicationId}`));
    } catch (error) {
      const isUnknown = error instanceof OauthError && error.code === 'invalid_client';
      if (isUnknown) await this.count(asker, `stranger:${asker.request.ip ?? ''}`);
      throw error;
    }
  }

  private async count(asker: TokenAsker, key: string): Promise<void> {
    const state = await counted(this.parts, key, asker.request.requestId ?? '');
    if (state) this.assertWithin(asker, state);
  }

  private assertWithin(asker: TokenAsker, state: RateLimitState): void {
    showLimit(asker.response, state, this.parts.clock);
    if (!state.exceeded) return;
    this.refusals.remember(presented(asker), state);
    throw new TokenRequestsExceededError(exceededMessage(state));
  }
}

/** Wrong secrets are remembered, too: the right one is another key. */
const presented = ({ clientId, clientSecret }: TokenAsker): string =>
  hashOf(JSON.stringify([clientId, clientSecret]));
