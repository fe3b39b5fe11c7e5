import { PortTakenError } from './lifecycle.errors.js';

/** Opens the port that a variable names. @throws PortTakenError where somebody else listens there. */
export async function listen(
  app: { listen(port: number): Promise<unknown> },
  { variable, port }: { readonly variable: string; readonly port: number },
): Promise<void> {
  try {
    await app.listen(port);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw code === 'EADDRINUSE' ? new PortTakenError(variable, port) : error;
  }
}
