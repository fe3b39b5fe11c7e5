import { parse } from 'yaml';

interface ComposeService {
  image?: string;
  build?: unknown;
  command?: unknown;
  depends_on?: Record<string, { condition?: string }>;
  healthcheck?: { disable?: boolean; test?: unknown };
  ports?: string[];
  volumes?: string[];
  restart?: string;
  stop_grace_period?: string;
}

interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes?: Record<string, unknown>;
}

const FILE_KEYS = ['name', 'services', 'volumes'];
const SERVICE_KEYS =
  'image build command environment env_file ports volumes profiles depends_on healthcheck init ' +
  'restart stop_grace_period stop_signal';
/** `${NAME:-default}` or `${NAME:?reason}`; anything else would silently become empty. */
const SAFE_VARIABLE = /^\$\{\w+:[-?][^}]*\}$/;
/** `127.0.0.1:HOST:CONTAINER`, where HOST may be a variable with a default. */
const LOCAL_PORT = /^127\.0\.0\.1:(?:\$\{\w+:-(\d+)\}|(\d+)):\d+$/;
const EXACT_TAG = /:v?\d+\.\d+(\.\d+)?(-[\w.]+)?$/;

/**
 * What is wrong with a compose file, a sentence each. Not the whole specification, for which
 * `docker compose config` is there, but what it does not object to, and what matters without it.
 * @param sourceExists whether the source of a program below dist is there
 * @throws Error when it is no YAML
 */
export function composeFaults(text: string, sourceExists: (path: string) => boolean): string[] {
  const file = parse(text, { merge: true }) as ComposeFile;
  const unknown = Object.keys(file).filter(
    (key) => !FILE_KEYS.includes(key) && !key.startsWith('x-'),
  );
  const variables = text.match(/\$\{[^}]*\}|\$\w+/g) ?? [];
  const mounted = Object.values(file.services).flatMap(namedVolumes);
  return [
    ...unknown.map((key) => `unknown key ${key}`),
    ...variables
      .filter((use) => !SAFE_VARIABLE.test(use) && !/openssl/.test(use))
      .map((use) => `${use} needs a default (:-) or a reason to fail (:?)`),
    ...Object.keys(file.volumes ?? {})
      .filter((name) => !mounted.includes(name))
      .map((name) => `volume ${name} is not used`),
    ...portFaults(file),
    ...Object.entries(file.services).flatMap(([name, service]) =>
      serviceFaults(file, service, sourceExists).map((fault) => `${name}: ${fault}`),
    ),
  ];
}

function serviceFaults(
  file: ComposeFile,
  service: ComposeService,
  sourceExists: (path: string) => boolean,
): string[] {
  const faults = Object.keys(service)
    .filter((key) => !SERVICE_KEYS.split(' ').includes(key))
    .map((key) => `unknown key ${key}`);
  if (!service.build && !EXACT_TAG.test(service.image ?? '')) {
    faults.push(`image ${service.image} has no exact version`);
  }
  if (service.restart !== 'always') faults.push('restart is not always');
  if (!service.stop_grace_period) faults.push('stop_grace_period is missing');
  // An unquoted word with a colon in it becomes an object.
  for (const words of [service.command, service.healthcheck?.test]) {
    const list: unknown[] = Array.isArray(words) ? words : [];
    for (const word of list.filter((part) => typeof part !== 'string')) {
      faults.push(`${JSON.stringify(word)} is no text`);
    }
  }
  for (const name of namedVolumes(service)) {
    if (!Object.hasOwn(file.volumes ?? {}, name)) faults.push(`volume ${name} is not declared`);
  }
  for (const program of programs(service.command)) {
    if (!sourceExists(program)) faults.push(`there is no source of ${program}`);
  }
  return [...faults, ...dependencyFaults(file, service)];
}

/** Whoever tries this on a laptop serves nobody else, and no two services meet on one port. */
function portFaults({ services }: ComposeFile): string[] {
  const owners = new Map<string, string>();
  return Object.entries(services).flatMap(([name, { ports = [] }]) =>
    ports.flatMap((published) => {
      const [, byDefault, fixed] = LOCAL_PORT.exec(published) ?? [];
      const port = byDefault ?? fixed;
      if (!port) return [`${name}: port ${published} is not published on 127.0.0.1 alone`];
      const owner = owners.get(port);
      owners.set(port, name);
      return owner === undefined ? [] : [`${name}: port ${port} is published by ${owner}, too`];
    }),
  );
}

function dependencyFaults(file: ComposeFile, service: ComposeService): string[] {
  return Object.entries(service.depends_on ?? {}).flatMap(([name, { condition }]) => {
    const needed = file.services[name];
    if (!needed) return [`depends on ${name}, which is no service`];
    if (condition !== 'service_healthy') return [`depends on ${name} without its health`];
    const checked = needed.healthcheck && !needed.healthcheck.disable;
    return checked ? [] : [`depends on the health of ${name}, which has no health check`];
  });
}

function namedVolumes(service: ComposeService): string[] {
  return (service.volumes ?? [])
    .map((mount) => mount.split(':')[0] ?? '')
    .filter((source) => /^\w/.test(source));
}

function programs(command: unknown): string[] {
  const words: unknown[] = Array.isArray(command) ? command : [];
  return words.filter((word) => typeof word === 'string' && word.startsWith('dist/')) as string[];
}
