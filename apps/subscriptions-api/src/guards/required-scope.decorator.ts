import type { TokenPayload } from '@app/applications';
import { Reflector } from '@nestjs/core';
import { insufficientScope } from '../graphql/api.errors.js';

/** Permissions that the API asks for. An application may have others, for other parts of the platform. */
export type Scope = 'edit_integrations' | 'view_integrations';

/** The permission that an integration token needs for a resolver method. OAuth clients need none. */
export const RequiredScope = Reflector.createDecorator<Scope>();

/** @throws ApiError where an integration token lacks the permission. */
export function assertScope({ kind, scopes }: TokenPayload, scope: Scope): void {
  if (kind === 'app' && !scopes.includes(scope)) throw insufficientScope(scope);
}
