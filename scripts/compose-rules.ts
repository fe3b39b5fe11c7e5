import { parse } from 'yaml';

interface ComposeService {
  image?: string;
  build?: unknown;
  command?: unknown;
  depends_on?: Record<string, { condition?: string }>;
  healthcheck?: { disable?: boolean; test?: unknown };
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  stop_grace_period?: string;
}

interface ComposeFile {
  services: Record<string, ComposeService>;
  volumes?: Record<string, unknown>;
  secrets?: Record<string, unknown>;
}

const FILE_KEYS = ['name', 'services', 'volumes', 'secrets'];
const SERVICE_KEYS =
  'image build command environment env_file ports volumes profiles depends_on healthcheck init ' +
  'restart stop_grace_period stop_signal secrets read_only cap_drop security_opt';
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
    ...Object.keys(file.secrets ?? {})
      .filter((name) => !Object.values(file.services).some((each) => each.secrets?.includes(name)))
      .map((name) => `secret ${name} is not used`),
    ...Object.keys(file.volumes ?? {})
      .filter((name) => !mounted.includes(name))
      .map((name) => `volume ${name} is not used`),
    ...portFaults(file),
    ...Object.entries(file.services).flatMap(([name, service]) =>
      serviceFaults(file, [name, service], sourceExists).map((fault) => `${name}: ${fault}`),
    ),
  ];
}

function serviceFaults(
  file: ComposeFile,
  [name, service]: readonly [string, ComposeService],
  sourceExists: (path: string) => boolean,
): string[] {
  const faults = Object.keys(service)
    .filter((key) => !SERVICE_KEYS.split(' ').includes(key))
    .map((key) => `unknown key ${key}`);
  if (!service.build && !EXACT_TAG.test(service.image ?? '')) {
    faults.push(`image ${service.image} has no exact version`);
  }
  if (service.restart !== (isOnce(file, name) ? 'on-failure' : 'always')) {
    faults.push('restart is not always, nor on-failure of what runs once');
  }
  for (const secret of service.secrets ?? []) {
    if (!Object.hasOwn(file.secrets ?? {}, secret)) faults.push(`secret ${secret} is not declared`);
  }
  if (service.build) faults.push(...hardeningFaults(service));
  if (!service.stop_grace_period) faults.push('stop_grace_period is missing');
  // An unquoted word with a colon in it becomes an object.
  for (const words of [service.command, service.healthcheck?.test]) {
    const list: unknown[] = Array.isArray(words) ? words : [];
    for (const word of list.filter((part) => typeof part !== 'string')) {
      faults.push(`${JSON.stringify(word)} is no text`);
    }
  }
  for (const volume of namedVolumes(service)) {
    if (!Object.hasOwn(file.volumes ?? {}, volume)) faults.push(`volume ${volume} is not declared`);
  }
  for (const program of programs(service.command)) {
    if (!sourceExists(program)) faults.push(`there is no source of ${program}`);
  }
  return [...faults, ...dependencyFaults(file, service)];
}

/** Others wait for its end. */
function isOnce({ services }: ComposeFile, name: string): boolean {
  return Object.values(services).some(
    ({ depends_on: needs }) => needs?.[name]?.condition === 'service_completed_successfully',
  );
}

/** Of what is built here: it writes nothing and has no rights beyond those of its user. */
function hardeningFaults(service: ComposeService): string[] {
  return [
    ...(service.read_only === true ? [] : ['its file system can be written to']),
    ...(service.cap_drop?.includes('ALL') ? [] : ['it keeps capabilities']),
    ...(service.security_opt?.includes('no-new-privileges:true') ? [] : ['it may gain privileges']),
  ];
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
    if (condition === 'service_completed_successfully') return [];
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
