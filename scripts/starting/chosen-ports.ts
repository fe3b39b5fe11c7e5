import { freePort, isFree } from '@app/testing/infrastructure';

/** The ports that `npm start` opens, by the variable that sets them, with what they are without it. */
const DEFAULTS = { API_PORT: 3000, PROCESSOR_PORT: 3001 } as const;

export type PortVariable = keyof typeof DEFAULTS;

/** Undefined where the text is no port: that is the configuration's to refuse, with everything else. */
export type ChosenPorts = Readonly<Record<PortVariable, number | undefined>>;

const VARIABLES = Object.keys(DEFAULTS) as PortVariable[];

/** For 0 a free one is chosen here, because it has to be announced. */
export async function choosePorts(environment: NodeJS.ProcessEnv): Promise<ChosenPorts> {
  const ports: Record<PortVariable, number | undefined> = {
    API_PORT: portOf(environment, 'API_PORT'),
    PROCESSOR_PORT: portOf(environment, 'PROCESSOR_PORT'),
  };
  for (const name of VARIABLES) {
    // Nobody listens on any of them yet, so only this keeps the second from being the first again.
    while (ports[name] === 0) {
      const port = await freePort();
      if (!Object.values(ports).includes(port)) ports[name] = port;
    }
  }
  return ports;
}

/** Why the programs could not listen there, a sentence each, with the variable that changes it. */
export async function portFaults(ports: ChosenPorts): Promise<string[]> {
  const { API_PORT: api, PROCESSOR_PORT: processor } = ports;
  if (api !== undefined && api === processor) {
    return [`API_PORT and PROCESSOR_PORT are both ${api}: each program needs a port of its own`];
  }
  const faults: string[] = [];
  for (const name of VARIABLES) {
    const port = ports[name];
    if (port === undefined || (await isFree(port))) continue;
    const example = `${name}=${DEFAULTS[name] + 100} npm start`;
    faults.push(`port ${port} is taken: set ${name} to a free one (${example})`);
  }
  return faults;
}

/** As variables of the programs; one that was refused stays as it was given. */
export function portVariables(ports: ChosenPorts): Record<string, string> {
  const chosen = Object.entries(ports).filter(([, port]) => port !== undefined);
  return Object.fromEntries(chosen.map(([name, port]) => [name, String(port)]));
}

function portOf(environment: NodeJS.ProcessEnv, name: PortVariable): number | undefined {
  const text = environment[name] || String(DEFAULTS[name]);
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}
