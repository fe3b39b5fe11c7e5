import type { OauthTokensStore } from '@app/applications';
import type { Logger } from '@app/platform';

const INTERVAL_MS = 10 * 60_000;

/** Deletes tokens that are over, now and then; several replicas may do so at once. */
export class ExpiredTokens {
  private timer: NodeJS.Timeout | undefined;
  private deleting: Promise<void> = Promise.resolve();

  constructor(
    private readonly tokens: Pick<OauthTokensStore, 'deleteExpired'>,
    private readonly logger: Logger,
    private readonly intervalMs = INTERVAL_MS,
  ) {}

  /** At once, and again after every interval. */
  start(): void {
    const begin = (): void => {
      this.deleting = this.delete();
    };
    this.timer = setInterval(begin, this.intervalMs);
    begin();
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
