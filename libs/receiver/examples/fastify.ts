import { fastify, type FastifyInstance } from 'fastify';
import { statusOf, type WebhookHandler, type WebhookReceiver } from '@happycolis/webhook-receiver';

/** Above the limit of events, 1 MiB and an envelope; Fastify's own is 1 MiB. */
const BODY_LIMIT = 2 * 1_048_576;

/**
 * The trap: Fastify parses JSON by itself. Inside of `register` the parser is replaced for this route
 * alone, and every other one keeps Fastify's.
 */
export function fastifyApp<Transaction>(
  receiver: WebhookReceiver<Transaction>,
  handle: WebhookHandler<Transaction>,
): FastifyInstance {
  const app = fastify();
  app.register(async (webhooks) => {
    const options = { parseAs: 'buffer', bodyLimit: BODY_LIMIT } as const;
    webhooks.removeContentTypeParser('application/json');
    webhooks.addContentTypeParser(
      'application/json',
      options,
      async (_request: unknown, body: Buffer) => body,
    );
    webhooks.post<{ Body: Buffer }>('/webhooks', async ({ body, headers }, reply) => {
      try {
        await receiver.receive({ rawBody: body, headers }, handle);
        return await reply.code(204).send();
      } catch (error) {
        return reply.code(statusOf(error)).send();
      }
    });
  });
  app.post('/echo', async (request) => request.body);
  return app;
}
