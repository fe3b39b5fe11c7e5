import { redactText } from './redacted-text.js';

/** Errors below this in a chain of causes add nothing that a reader would miss. */
const MAX_CAUSES = 5;

export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorFields;
  /** Of an AggregateError, whose own message is empty where Node tried several addresses. */
  readonly errors?: readonly ErrorFields[];
}

/**
 * What may be logged of anything thrown. Only known fields are copied: drivers hang whole queries
 * with their parameters, and thus bodies, on their errors.
 */
export function errorFields(thrown: unknown, withStack: boolean, depth = 0): ErrorFields {
  if (!(thrown instanceof Error)) {
    return { type: typeof thrown, message: redactText(describe(thrown)) };
  }
  const { cause, stack } = thrown;
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const errors = thrown instanceof AggregateError ? thrown.errors.slice(0, MAX_CAUSES) : [];
  const deeper = depth < MAX_CAUSES;
  return {
    type: thrown.name === 'Error' ? thrown.constructor.name : thrown.name,
    message: redactText(thrown.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(withStack && stack !== undefined ? { stack: redactText(framesOf(thrown, stack)) } : {}),
    ...(cause !== undefined && deeper ? { cause: errorFields(cause, withStack, depth + 1) } : {}),
    ...(errors.length > 0 && deeper
      ? { errors: errors.map((error: unknown) => errorFields(error, false, depth + 1)) }
      : {}),
  };
}

/** The frames alone: the message stands beside them already. */
function framesOf(error: Error, stack: string): string {
  const at = stack.indexOf('\n    at ');
  return at < 0 ? `${error.name} without frames` : stack.slice(at + 1);
}

/** An object may hold anything, so only what is plain is written out. */
function describe(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null
    ? `a thrown ${thrown.constructor?.name ?? 'object'}`
    : String(thrown);
}
