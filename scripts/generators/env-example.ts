import { VARIABLE_GROUPS, type Variable } from '@app/platform';

const HEADING = [
  '# Every variable of the service, with its range and default. Generated: do not edit.',
  '# Copy it to .env: npm start, npm run cli and docker compose read it. An empty value counts as not given.',
];

/** `.env.example`: required variables stand empty, the others are commented out at their default. */
export const envExample = {
  file: '.env.example',
  command: 'npm run generate',
  generate: envExampleText,
};

export function envExampleText(): string {
  const groups = VARIABLE_GROUPS.map(({ title, variables }) =>
    [`# ${title}`, ...Object.entries<Variable<unknown>>(variables).flatMap(lines)].join('\n'),
  );
  return `${[HEADING.join('\n'), ...groups].join('\n\n')}\n`;
}

function lines([name, variable]: readonly [string, Variable<unknown>]): string[] {
  const { kind, description, fallback = '', required, secret } = variable;
  return [
    '#',
    `# ${required ? 'Required. ' : ''}${description}`,
    `# Value: ${kind.expected}`,
    ...(secret ? [`# Instead: ${name}_FILE, the path of a file that holds it`] : []),
    `${required ? '' : '# '}${name}=${fallback}`,
  ];
}
