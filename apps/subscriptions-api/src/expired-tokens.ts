import { OauthTokensStore } from '@app/applications';
import { Logger } from '@app/platform';
import { Injectable } from '@nestjs/common';

const INTERVAL_MS = 10 * 60_000;

/** Deletes tokens that are over, now and then; several replicas may do so at once. */
@Injectable()
export class ExpiredTokens {
  private timer: NodeJS.Timeout | undefined;
  private deleting: Promise<void> = Promise.resolve();

  constructor(
    private readonly tokens: OauthTokensStore,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.deleting = this.delete();
    }, INTERVAL_MS);
  }

  /** Resolves once nothing is being deleted. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.deleting;
  }

  private async delete(): Promise<void> {
    try {
      const tokens = await this.tokens.deleteExpired();
      if (tokens > 0) this.logger.info('tokens.deleted', { count: tokens });
    } catch (error) {
      this.logger.warn('tokens.not_deleted', { error });
    }
  }
}
