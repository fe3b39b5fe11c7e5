import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generator } from './generator.interface.js';

/** Licences that a package of the service may have. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  '(MIT AND BSD-3-Clause)',
]);

const HEADING = `# What the service is made of

Every package that is installed without development dependencies, with its licence. Generated from
package-lock.json by \`npm run generate\`: do not edit. \`npm run sbom\` prints the same for programs (CycloneDX); the image
has it at \`/app/sbom.cdx.json\`. A package with another licence than those of this list ends the build.
`;

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** `docs/DEPENDENCIES.md`. */
export const dependencies: Generator = {
  file: 'docs/DEPENDENCIES.md',
  command: 'npm run generate',
  generate: () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, LockedPackage>;
    };
    return dependenciesText(lock.packages, licenceInstalled);
  },
};

/** @throws Error that names every package whose licence is not allowed. */
export function dependenciesText(
  packages: Readonly<Record<string, LockedPackage>>,
  licenceOf: (path: string) => string | undefined,
): string {
  const rows = Object.entries(packages)
    .filter(([path, { dev, link }]) => path !== '' && !dev && !link)
    .map(([path, { version = '', license }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      licence: license ?? licenceOf(path) ?? 'none',
    }));
  const refused = rows.filter(({ licence }) => !ALLOWED.has(licence));
  if (refused.length > 0) {
    const list = refused.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    throw new Error(`these packages have licences that are not allowed: ${list.join(', ')}`);
  }
  const lines = new Set(
    rows.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
  );
  const table = [
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...[...lines].toSorted(),
  ];
  return `${HEADING}\n${table.join('\n')}\n`;
}

/** The lock file leaves out those that are written in an old form. */
function licenceInstalled(path: string): string | undefined {
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
    license?: string;
    licenses?: readonly { readonly type?: string }[];
  };
  return manifest.license ?? manifest.licenses?.[0]?.type;
}
