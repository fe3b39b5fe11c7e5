export function findRunningServers(root: string, env: NodeJS.ProcessEnv): Promise<boolean>;
export function provideSecretsKey(
  root: string,
  env: NodeJS.ProcessEnv,
  log?: (line: string) => void,
): void;
