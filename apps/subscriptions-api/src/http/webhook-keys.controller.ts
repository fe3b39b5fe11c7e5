import { type PublishedKey, SigningKeysStore } from '@app/applications';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Logger } from '@app/platform';
import type { ApiRequest } from './api-request.js';
import { answerUnavailable } from './error-answer.js';

export const WEBHOOK_KEYS_PATH = '/.well-known/webhook-keys.json';

/** A new key signs from the moment it is made; whoever asked just before may not know it for so long. */
const MAX_AGE_SECONDS = 300;

/** Asked of the database once in that time, however many receivers ask. */
const CACHE_MS = 5_000;

/** An OKP key of RFC 8037, and the same in the form of Standard Webhooks. */
interface WebhookKey {
  readonly kid: string;
  readonly client_id: string;
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly alg: 'EdDSA';
  readonly use: 'sig';
  readonly x: string;
  /** `whpk_` and Base64, as libraries of Standard Webhooks take it. */
  readonly key: string;
  /** ISO 8601; null: until it is replaced. */
  readonly valid_until: string | null;
}

/** Public keys of the applications whose deliveries carry `v1a` signatures (ADR 38). */
@Controller(WEBHOOK_KEYS_PATH)
export class WebhookKeysController {
  private kept: { readonly keys: Promise<PublishedKey[]>; readonly until: number } | undefined;

  constructor(
    private readonly store: SigningKeysStore,
    private readonly logger: Logger,
  ) {}

  @Get()
  async keys(
    @Req() request: ApiRequest,
    @Res() response: Response,
    @Query('client_id') clientId?: unknown,
  ): Promise<void> {
    try {
      const keys = await this.published();
      const asked = keys.filter((key) => clientId === undefined || key.clientId === clientId);
      response.setHeader('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`);
      response.json({ keys: asked.map(webhookKey) });
    } catch (error) {
      this.logger.warn('webhook_keys.unavailable', { error, requestId: request.requestId });
      answerUnavailable(request, response);
    }
  }

  private published(): Promise<PublishedKey[]> {
    const now = performance.now();
    if (this.kept && this.kept.until > now) return this.kept.keys;
    const keys = this.store.published();
    const kept = { keys, until: now + CACHE_MS };
    this.kept = kept;
    keys.catch(() => {
      if (this.kept === kept) this.kept = undefined;
    });
    return keys;
  }
}

function webhookKey({ clientId, keyId, publicKey, validUntil }: PublishedKey): WebhookKey {
  return {
    kid: keyId,
    client_id: clientId,
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'EdDSA',
    use: 'sig',
    x: publicKey.toString('base64url'),
    key: `whpk_${publicKey.toString('base64')}`,
    valid_until: validUntil?.toISOString() ?? null,
  };
}
