import { GraphQLError } from 'graphql';

/** The codes of the API, `extensions.code` of an error, besides those of GraphQL itself. */
export type ApiErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'BAD_REQUEST'
  | 'PAYLOAD_TOO_LARGE'
  | 'METHOD_NOT_ALLOWED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

/** An error that the caller is told of as it is. */
export class ApiError extends GraphQLError {
  constructor(
    code: ApiErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message, { extensions: { code, ...details } });
    this.name = 'ApiError';
  }
}

export const forbidden = (message: string): ApiError => new ApiError('FORBIDDEN', message);

/** The token lacks a permission (specification section 6). */
export const insufficientScope = (scope: string): ApiError =>
  new ApiError('FORBIDDEN', `Insufficient scope: ${scope} required`, {
    reason: 'INSUFFICIENT_SCOPE',
    requiredScope: scope,
  });

/** One input field that is refused. */
export interface InputFault {
  readonly field: string;
  readonly reason: string;
}

export const badUserInput = (faults: readonly InputFault[]): ApiError =>
  new ApiError(
    'BAD_USER_INPUT',
    faults.map(({ field, reason }) => `${field}: ${reason}`).join('; '),
    { fields: faults },
  );
