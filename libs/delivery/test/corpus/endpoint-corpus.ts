import { readFileSync } from 'node:fs';

/** The lines of a corpus beside this file, with what `\uXXXX` stands for. */
export function endpointCorpus(file: string): string[] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '))
    .map((line) =>
      line.replace(/\\u([0-9a-f]{4})/g, (_escape, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    );
}
