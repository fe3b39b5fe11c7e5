/** What `npm audit --json` prints, as far as it is needed. */
interface Audit {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly vulnerabilities?: Readonly<Record<string, Finding>>;
}

interface Finding {
  readonly name: string;
  readonly severity: string;
  readonly via: readonly (string | { readonly title?: string; readonly url?: string })[];
}

export interface AuditVerdict {
  readonly kind: 'clean' | 'found' | 'unknown';
  readonly text: string;
}

/** These end the build. */
const SEVERE: ReadonlySet<string> = new Set(['high', 'critical']);

/**
 * Findings that were looked at and do not concern the service: the address of the advisory, and why not. One
 * that is not found any more is to be taken out.
 */
export type Argued = Readonly<Record<string, string>>;

/** What the known vulnerabilities of the dependencies mean for a build. */
export function auditVerdict(printed: string, argued: Argued): AuditVerdict {
  const audit = parsed(printed);
  if (!audit?.vulnerabilities) {
    const reason = audit?.message ?? audit?.error?.summary ?? 'no answer';
    return { kind: 'unknown', text: `the registry was not able to say: ${reason}` };
  }
  const severe = Object.values(audit.vulnerabilities)
    .filter(({ severity }) => SEVERE.has(severity))
    .flatMap(({ name, severity, via }) =>
      via
        .filter((cause) => typeof cause === 'object')
        .filter(({ url = '' }) => !Object.hasOwn(argued, url))
        .map(({ title, url }) => `${name} (${severity}): ${title} ${url}`),
    );
  if (severe.length > 0) return { kind: 'found', text: severe.join('\n') };
  return { kind: 'clean', text: 'no known vulnerability of high severity that is not argued' };
}

function parsed(text: string): Audit | undefined {
  try {
    return JSON.parse(text) as Audit;
  } catch {
    return undefined;
  }
}
