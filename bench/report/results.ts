export interface MeasuredOn {
  readonly date: string;
  readonly commit: string;
  readonly node: string;
  readonly system: string;
  readonly cores: number;
  readonly postgres: string;
  readonly durable: boolean;
  readonly repeat: number;
}

/** A file for people: what was measured, on what, and how to measure it again. */
export function resultsOf(on: MeasuredOn, table: string): string {
  const { date, commit, node, system, cores, postgres, durable, repeat } = on;
  return [
    '# Measurements',
    '',
    'Written by `npm run bench`. Absolute figures belong to the machine; what carries over are the ratios to',
    'a limit that was measured in the same run. Where a figure was measured several times it is the median,',
    'and the spread is from the least to the most.',
    '',
    `- Date: ${date}`,
    `- Commit: ${commit}`,
    `- Machine: ${cores} cores for the service, the broker, the database, the receiver and the load; ${system}`,
    `- Versions: Node ${node}, PostgreSQL ${postgres}${durable ? '' : ' (DURABILITY OFF)'}`,
    `- Runs of each scenario: ${repeat}, of those that take minutes 1`,
    '',
    '```text',
    table.trimEnd(),
    '```',
    '',
  ].join('\n');
}
