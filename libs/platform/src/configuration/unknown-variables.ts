/**
 * Prefixes that are this service's own, so that a stranger among them is most likely a misspelt
 * one. LOG_, API_ and START_ are not: too many other programs use them.
 */
const OWN_PREFIXES = [
  'KAFKA_',
  'DATABASE_',
  'DELIVERY_',
  'DISPATCH_',
  'INGEST_',
  'RECOVERY_',
  'SECRETS_',
  'SHUTDOWN_',
  'SWEEP_',
  'TOKEN_',
];

/** What Kubernetes sets for a Service, for example KAFKA_SERVICE_HOST and KAFKA_PORT_9092_TCP. */
const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)?)$/;

/**
 * Names that look like ours and are not: a misspelt variable is otherwise a default in silence.
 * @param known every name that is read, `_FILE` variants included.
 * @returns one sentence for each.
 */
export function unknownVariables(env: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  const names = new Set(known);
  const warnings: string[] = [];
  for (const name of Object.keys(env).sort()) {
    if (names.has(name) || SERVICE_LINK.test(name)) continue;
    const nearest = nearestName(name, known);
    if (nearest !== undefined) {
      warnings.push(`${name} is not a variable of this service; did you mean ${nearest}?`);
    } else if (OWN_PREFIXES.some((prefix) => name.startsWith(prefix))) {
      warnings.push(`${name} is not a variable of this service and has no effect.`);
    }
  }
  return warnings;
}

/** Two slips in a long name, one in a short one (ROLES is not far from many words). */
function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const allowed = candidate.length < 8 ? 1 : 2;
    if (Math.abs(candidate.length - name.length) > allowed) continue;
    const distance = editDistance(name.toUpperCase(), candidate);
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) {
      best = { name: candidate, distance };
    }
  }
  return best?.name;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, at(last, j) + 1, at(row, j - 1) + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
