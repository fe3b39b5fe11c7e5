import { type GrantedTokens, TokenGrants } from '@app/applications';
import { Controller, Header, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import type { ApiRequest } from '../http/api-request.js';
import { OauthErrorFilter } from './oauth-error-answer.js';
import { TOKEN_PATHS } from './oauth-paths.js';
import { TokenRequestLimits } from './token-request-limits.js';
import { readTokenRequest } from './token-request.js';

/** RFC 6749 section 5.1; `scope` separated by commas, as the platform documents it. */
interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
}

@Controller(TOKEN_PATHS)
@UseFilters(OauthErrorFilter)
export class TokenController {
  constructor(
    private readonly grants: TokenGrants,
    private readonly limits: TokenRequestLimits,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  async token(
    @Req() request: ApiRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokenAnswer> {
    const asked = readTokenRequest(request.body, request.headers.authorization);
    const { clientId, clientSecret } = asked;
    const tokens = await this.limits.within(
      { request, response, clientId, clientSecret },
      (admit) =>
        asked.grantType === 'client_credentials'
          ? this.grants.clientCredentials(asked, admit)
          : this.grants.refreshToken(asked, admit),
    );
    return answerOf(tokens);
  }
}

function answerOf({ accessToken, refreshToken, expiresIn, scopes }: GrantedTokens): TokenAnswer {
  return {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: expiresIn,
    refresh_token: refreshToken,
    scope: scopes.join(','),
  };
}
