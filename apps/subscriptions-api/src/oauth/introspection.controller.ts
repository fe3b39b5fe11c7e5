import { Controller, Get, Header, Req } from '@nestjs/common';
import { type ApiRequest, authenticated } from '../http/api-request.js';
import { INTROSPECTION_PATH } from './oauth-paths.js';

/** What the presented token is worth, with the names of RFC 7662 where it has one. */
interface Introspection {
  readonly active: true;
  readonly token_type: 'bearer';
  readonly kind: 'INTEGRATION' | 'OAUTH_CLIENT';
  readonly client_id: string;
  readonly organization_id: string;
  readonly integration_id: string;
  readonly scope: string;
  /** Of access tokens alone; an integration token has no claims and no end. */
  readonly iss?: string;
  readonly aud?: string;
  readonly sub?: string;
  readonly exp?: number;
}

@Controller(INTROSPECTION_PATH)
export class IntrospectionController {
  @Get()
  @Header('Cache-Control', 'no-store')
  me(@Req() request: ApiRequest): Introspection {
    const { payload } = authenticated(request);
    const { clientId, organizationId, integrationId, scopes } = payload;
    const known = {
      active: true,
      token_type: 'bearer',
      client_id: clientId,
      organization_id: organizationId,
      integration_id: integrationId,
      scope: scopes.join(','),
    } as const;
    if (payload.kind === 'app') return { ...known, kind: 'INTEGRATION' };
    const { tokenId: iss, expiresAt: exp } = payload;
    const claims = { iss, aud: organizationId, sub: `client://${clientId}`, exp };
    return { ...known, kind: 'OAUTH_CLIENT', ...claims };
  }
}
