import type { OperatorRole } from './access/operator-token.js';

/** Who sees and acts. The name is what the audit log says. */
export interface Operator {
  readonly name: string;
  readonly role: OperatorRole;
}
