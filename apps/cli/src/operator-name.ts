import { userInfo } from 'node:os';

/** Who acts when `--actor` does not say. In a container the user often has a number and no name. */
export function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
