import { type GrantedTokens, TokenGrants } from '@app/applications';
import { Body, Controller, Header, Headers, HttpCode, Post, UseFilters } from '@nestjs/common';
import { OauthErrorFilter } from './oauth-error-answer.js';
import { TOKEN_PATHS } from './oauth-paths.js';
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
  constructor(private readonly grants: TokenGrants) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  async token(
    @Body() body: unknown,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<TokenAnswer> {
    const request = readTokenRequest(body, authorization);
    return answerOf(
      request.grantType === 'client_credentials'
        ? await this.grants.clientCredentials(request)
        : await this.grants.refreshToken(request),
    );
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
