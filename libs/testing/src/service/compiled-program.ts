import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectRoot } from '../infrastructure/project-directories.js';

export type Program = 'notification-processor' | 'subscriptions-api' | 'cli';

const checked = new Map<Program, string>();

/**
 * The compiled main file of an app: tests run the program that users run. Checked once a process.
 *
 * @throws Error with what to do where it was not built, or not from the sources as they are now.
 */
export function compiledProgram(program: Program): string {
  const known = checked.get(program);
  if (known !== undefined) return known;
  const stale = sourcesOf(program).find((source) => !isBuilt(source));
  if (stale !== undefined) {
    throw new Error(
      `dist is not built from the present ${relative(projectRoot(), stale)}: run \`npx nest build\`, ` +
        'or the tests with `npm test`, which does it by itself.',
    );
  }
  const main = join(projectRoot(), 'dist', 'apps', program, 'src', 'main.js');
  checked.set(program, main);
  return main;
}

/** What the program is made of: its own sources and every lib but this one. */
function sourcesOf(program: Program): string[] {
  const libs = readdirSync(join(projectRoot(), 'libs')).filter((lib) => lib !== 'testing');
  return [join('apps', program), ...libs.map((lib) => join('libs', lib))]
    .map((path) => join(projectRoot(), path, 'src'))
    .flatMap((directory) =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
        .map((file) => join(directory, file)),
    );
}

function isBuilt(source: string): boolean {
  const path = relative(projectRoot(), source).replace(/\.ts$/, '.js');
  const built = statSync(join(projectRoot(), 'dist', path), { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs >= statSync(source).mtimeMs;
}
