import {
  Body,
  Controller,
  HttpCode,
  HttpException,
  Inject,
  Module,
  Post,
  Req,
  type DynamicModule,
  type RawBodyRequest,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import { statusOf, WebhookReceiver, type WebhookHandler } from '@happycolis/webhook-receiver';

const HANDLER = Symbol('webhook handler');

@Controller()
export class WebhooksController {
  constructor(
    private readonly receiver: WebhookReceiver,
    @Inject(HANDLER) private readonly handler: WebhookHandler,
  ) {}

  @Post('webhooks')
  @HttpCode(204)
  async receive(@Req() { rawBody, headers }: RawBodyRequest<Request>): Promise<void> {
    try {
      await this.receiver.receive({ rawBody, headers }, this.handler);
    } catch (error) {
      throw new HttpException('not accepted', statusOf(error), { cause: error });
    }
  }

  @Post('echo')
  echo(@Body() body: unknown): unknown {
    return body;
  }
}

@Module({})
export class WebhooksModule {
  static with(receiver: WebhookReceiver, handler: WebhookHandler): DynamicModule {
    return {
      module: WebhooksModule,
      controllers: [WebhooksController],
      providers: [
        { provide: WebhookReceiver, useValue: receiver },
        { provide: HANDLER, useValue: handler },
      ],
    };
  }
}

/**
 * The trap: Nest parses JSON by itself. `rawBody: true` has it keep the bytes beside, and the limit
 * has to be above that of events: 1 MiB and an envelope; Nest's own is 100 kB.
 */
export async function nestApp(
  receiver: WebhookReceiver,
  handler: WebhookHandler,
): Promise<NestExpressApplication> {
  const module = WebhooksModule.with(receiver, handler);
  const app = await NestFactory.create<NestExpressApplication>(module, {
    rawBody: true,
    logger: false,
  });
  app.useBodyParser('json', { limit: '2mb' });
  return app;
}
