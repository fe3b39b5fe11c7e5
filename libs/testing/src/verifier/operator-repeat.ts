/** A message that an operator had sent once more (replay, requeue), or for the first time (test). */
export interface OperatorRepeat {
  readonly queue: string;
  readonly messageId: string;
  /** When it was asked for; wall time, milliseconds since the epoch. */
  readonly at: number;
  readonly kind: 'replay' | 'requeue' | 'test';
}
