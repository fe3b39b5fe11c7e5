import { readFileSync } from 'node:fs';
import { type Kind, ValueRefused } from './kind.js';

/** The value is the text of the file: read once at boot, so that a missing one is found there. */
export const certificateFile: Kind<string> = {
  expected: 'the path of a readable PEM file with certificates',
  parse(text) {
    const pem = readText(text);
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
      throw new ValueRefused('this file holds no "-----BEGIN CERTIFICATE-----"');
    }
    return pem;
  },
};

/** @throws ValueRefused naming the system's reason, for example ENOENT. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ValueRefused(code);
  }
}
