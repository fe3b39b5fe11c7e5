import { WebhookError, WebhookReceiver } from '@happycolis/webhook-receiver';
import {
  Controller,
  Headers,
  HttpCode,
  HttpException,
  InternalServerErrorException,
  Post,
  Req,
  type RawBodyRequest,
} from '@nestjs/common';
import type { Request } from 'express';

/** What is to be done with a message; provided by the application. */
export abstract class WebhookWork {
  abstract execute(type: string, body: unknown): Promise<void>;
}

/** Nest: `NestFactory.create(AppModule, { rawBody: true })` keeps the bytes beside the parsed body. */
@Controller('webhooks')
export class WebhooksController {
  constructor(
    private readonly receiver: WebhookReceiver<void>,
    private readonly work: WebhookWork,
  ) {}

  @Post()
  @HttpCode(204)
  async receive(
    @Req() request: RawBodyRequest<Request>,
    @Headers() headers: Record<string, string>,
  ): Promise<void> {
    try {
      const rawBody = request.rawBody ?? Buffer.alloc(0);
      await this.receiver.receive({ rawBody, headers }, ({ type, body }) =>
        this.work.execute(type, body),
      );
    } catch (error) {
      if (error instanceof WebhookError) throw new HttpException(error.message, error.status);
      throw new InternalServerErrorException();
    }
  }
}
