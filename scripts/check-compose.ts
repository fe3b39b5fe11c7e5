import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { composeFaults } from './compose-rules.js';

// Run by npm, which makes the root of the repository the working directory.
const FILE = 'docker-compose.yml';

const sourceExists = (program: string): boolean =>
  existsSync(program.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
const faults = composeFaults(readFileSync(FILE, 'utf8'), sourceExists);

// Where docker compose is installed it has its say as well; it needs no running engine for that.
const installed = spawnSync('docker', ['compose', 'version']).status === 0;
if (installed) {
  const args = ['compose', '--file', FILE, '--profile', '*', 'config', '--quiet'];
  const { status, stderr } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) faults.push(stderr.trim());
}

for (const fault of faults) process.stderr.write(`${FILE}: ${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
else
  process.stdout.write(
    `${FILE} is valid${installed ? '' : ' (docker compose is not here to ask)'}\n`,
  );
