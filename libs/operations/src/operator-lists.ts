/**
 * How many entries the lists of the operator API have where nobody says, and what its dear fields count
 * for: by these the cost of an operation is known before any of it is executed.
 */
export const OPERATOR_LISTS: Readonly<Record<string, number>> = {
  queues: 20,
  nextMessages: 20,
  lastMessages: 20,
  parkedMessages: 20,
  ledger: 100,
  attempts: 20,
  copies: 10,
  deadLetters: 20,
  auditLog: 20,
};

/** Up to a megabyte each, so that a page of them is too much. */
export const OPERATOR_FIELD_COSTS: Readonly<Record<string, number>> = {
  body: 100,
  value: 100,
  valueBase64: 100,
};
