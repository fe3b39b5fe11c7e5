import { GraphQLError } from 'graphql';

/** The codes of the operator API, `extensions.code` of an error, besides those of GraphQL itself. */
export type OperatorErrorCode = 'NOT_FOUND' | 'CONFLICT' | 'FORBIDDEN' | 'BAD_USER_INPUT';

/** An error that the caller is told of as it is. */
export class OperatorError extends GraphQLError {
  constructor(
    code: OperatorErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message, { extensions: { code, ...details } });
    this.name = 'OperatorError';
  }
}

/** `reason` is stable and says what kind of thing is not there. */
export const notFound = (reason: string, message: string): OperatorError =>
  new OperatorError('NOT_FOUND', message, { reason });

export const queueNotFound = (integrationId: string): OperatorError =>
  notFound(
    'queue_not_found',
    `There is no queue of integration ${integrationId}; queues lists them`,
  );

export const badInput = (field: string, reason: string): OperatorError =>
  new OperatorError('BAD_USER_INPUT', `${field}: ${reason}`, { fields: [{ field, reason }] });
