import {
  WebhookError,
  type WebhookMessage,
  type WebhookReceiver,
} from '@happycolis/webhook-receiver';
import fastify, { type FastifyInstance } from 'fastify';

/** Fastify parses JSON by itself: on this path a parser of its own keeps the bytes. */
export function fastifyApp<Context>(
  receiver: WebhookReceiver<Context>,
  work: (message: WebhookMessage, context: Context) => Promise<void>,
): FastifyInstance {
  const app = fastify({ bodyLimit: 2 * 1024 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/webhooks', async (request, reply) => {
    try {
      const { headers } = request;
      await receiver.receive({ rawBody: request.body as Buffer, headers }, work);
      return await reply.code(204).send();
    } catch (error) {
      return reply.code(error instanceof WebhookError ? error.status : 500).send();
    }
  });
  return app;
}
