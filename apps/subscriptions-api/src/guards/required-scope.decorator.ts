import { Reflector } from '@nestjs/core';

/** Permissions that the API asks for. An application may have others, for other parts of the platform. */
export type Scope = 'edit_integrations' | 'view_integrations';

/** The permission that an integration token needs for a resolver method. OAuth clients need none. */
export const RequiredScope = Reflector.createDecorator<Scope>();
