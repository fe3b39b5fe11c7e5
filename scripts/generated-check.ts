import { checkGenerated } from './generators/generated-files.js';
import { GENERATORS } from './generators/generators.js';

// Run by npm, which makes the root of the repository the working directory.
for (const { file, fault } of await checkGenerated(GENERATORS, process.cwd())) {
  if (fault) process.exitCode = 1;
  console.log(fault ?? `${file} is as it should be`);
}
