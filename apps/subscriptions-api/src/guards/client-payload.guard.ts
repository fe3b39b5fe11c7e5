import type { TokenPayload } from '@app/applications';
import { Injectable } from '@nestjs/common';
import { forbidden } from '../graphql/api.errors.js';
import { TokenPayloadGuard } from './token-payload.guard.js';

/** Lets through access tokens of OAuth clients (specification section 6). */
@Injectable()
export class ClientPayloadGuard extends TokenPayloadGuard {
  protected override assertKind({ kind }: TokenPayload): void {
    if (kind !== 'client')
      throw forbidden('This operation needs an access token of an OAuth client');
  }
}
