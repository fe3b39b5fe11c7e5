import { spawnSync } from 'node:child_process';
import { type Argued, auditVerdict } from './audit-report.js';

/** See {@link Argued}. */
const ARGUED: Argued = {};

// Run by npm, which makes the root of the repository the working directory.
const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
const { kind, text } = auditVerdict(stdout, ARGUED);
process.stdout.write(`${text}\n`);
// Not every registry answers; where it has to, AUDIT_REQUIRED makes silence a fault.
const isFault = kind === 'found' || (kind === 'unknown' && process.env['AUDIT_REQUIRED']);
if (isFault) process.exitCode = 1;
