import { writeGenerated } from './generators/generated-files.js';
import { GENERATORS } from './generators/generators.js';

// Run by npm, which makes the root of the repository the working directory.
const written = await writeGenerated(GENERATORS, process.cwd());
for (const file of written) console.log(`wrote ${file}`);
if (written.length === 0) console.log('every generated file is as it should be');
