export function withLock(
  path: string,
  work: (lock: { heldAlsoBy(pid: number): void }) => Promise<void>,
  waiting?: (pid: number) => void,
): Promise<void>;
