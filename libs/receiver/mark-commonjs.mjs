/** Node takes the nearest package.json for what a file is: that of the package says ES modules. */
import { writeFileSync } from 'node:fs';

writeFileSync(new URL('dist/cjs/package.json', import.meta.url), '{ "type": "commonjs" }\n');
