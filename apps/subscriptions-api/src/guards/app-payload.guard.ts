import type { TokenPayload } from '@app/applications';
import { Injectable } from '@nestjs/common';
import { forbidden } from '../graphql/api.errors.js';
import { TokenPayloadGuard } from './token-payload.guard.js';

/** Lets through Integration App tokens that have the required permission (specification section 6). */
@Injectable()
export class AppPayloadGuard extends TokenPayloadGuard {
  protected override assertKind({ kind }: TokenPayload): void {
    if (kind !== 'app') throw forbidden('This operation needs an Integration App token');
  }
}
