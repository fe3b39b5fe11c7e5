import express, { type Express } from 'express';
import { statusOf, type WebhookHandler, type WebhookReceiver } from '@happycolis/webhook-receiver';

/**
 * The trap: `express.json()` before this route takes the bytes away. Give the route a parser of its
 * own, before any for the whole application, with a limit above that of events: 1 MiB and an envelope.
 */
export function expressApp<Transaction>(
  receiver: WebhookReceiver<Transaction>,
  handle: WebhookHandler<Transaction>,
): Express {
  const app = express();
  const rawBody = express.raw({ type: 'application/json', limit: '2mb' });
  app.post('/webhooks', rawBody, async (request, response) => {
    try {
      await receiver.receive({ rawBody: request.body, headers: request.headers }, handle);
      response.sendStatus(204);
    } catch (error) {
      response.sendStatus(statusOf(error));
    }
  });
  app.use(express.json());
  app.post('/echo', (request, response) => void response.json(request.body));
  return app;
}
