import type { TokenPayload } from '@app/applications';
import type { ApiRequest } from '../http/api-request.js';

/** What guards and resolvers know of a request. */
export interface GraphqlContext {
  readonly req: ApiRequest;
  readonly requestId: string;
  /** Authentication comes before GraphQL, so there always is one. */
  readonly payload: TokenPayload;
}
