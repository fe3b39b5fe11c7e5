const REFUSED_ADDRESS = 'The host does not lead to a public address';

/**
 * Why an attempt failed, as an integration developer may read it. Operators see to which address a name
 * led; whoever registers endpoints could look around in the operator's network by it.
 */
export function developerMessage(code: string | null, message: string | null): string | null {
  return code === 'address_refused' ? REFUSED_ADDRESS : message;
}
