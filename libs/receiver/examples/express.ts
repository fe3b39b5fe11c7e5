import {
  WebhookError,
  type WebhookMessage,
  type WebhookReceiver,
} from '@happycolis/webhook-receiver';
import express, { type Express } from 'express';

/** Express: `express.raw` keeps the bytes. No `express.json()` may stand before it on this path. */
export function expressApp<Context>(
  receiver: WebhookReceiver<Context>,
  work: (message: WebhookMessage, context: Context) => Promise<void>,
): Express {
  const app = express();
  app.post('/webhooks', express.raw({ type: '*/*', limit: '2mb' }), async (request, response) => {
    try {
      const { headers } = request;
      const rawBody = request.body as Buffer;
      const { observations } = await receiver.receive({ rawBody, headers }, work);
      for (const each of observations)
        process.emitWarning(`webhooks: ${each.kind} behind ${each.last}`);
      response.sendStatus(204);
    } catch (error) {
      response.sendStatus(error instanceof WebhookError ? error.status : 500);
    }
  });
  return app;
}
