import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { asyncapiDocument } from './asyncapi-document.js';
import type { Generator } from './generator.interface.js';

const FILE = 'docs/asyncapi.yaml';

const HEADING = '# Generated from the catalogue of events: do not edit. Run: npm run generate\n';

/** `docs/asyncapi.yaml`: every topic and message of the service. */
export const asyncapi: Generator = {
  file: FILE,
  command: 'npm run generate',
  generate: asyncapiText,
};

/** The document as the formatter of the repository writes it. */
export async function asyncapiText(): Promise<string> {
  // Anchors would save nothing that a reader wants saved: what is shared is a reference already.
  const text = stringify(asyncapiDocument(), { aliasDuplicateObjects: false, lineWidth: 0 });
  const style = await resolveConfig(FILE);
  return format(`${HEADING}${text}`, { ...style, parser: 'yaml' });
}
