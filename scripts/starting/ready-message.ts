import type { ApiConfiguration, Configuration } from '@app/platform';

/** What somebody who has just started the service wants to know. */
export function readyMessage(
  { api }: ApiConfiguration,
  { ports, kafka, database }: Configuration,
): string {
  const address = `http://localhost:${api.port}`;
  const graphiql = api.graphiql ? `\n  GraphiQL    ${address}/graphiql` : '';
  return `ready
  API         ${address}/graphql${graphiql}
  processor   ${healthOf(ports.processor)}
  Kafka       ${kafka.brokers.join(',')}
  PostgreSQL  ${withoutPassword(database.url)}
Ctrl-C stops it; \`npm run cli -- --help\` in another terminal works on it.`;
}

/** Both programs say on the same path whether they are ready. */
export function healthOf(port: number): string {
  return `http://localhost:${port}/health/ready`;
}

function withoutPassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.password = '';
  return url.href;
}
