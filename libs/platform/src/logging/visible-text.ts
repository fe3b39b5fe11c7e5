/**
 * Characters that show nothing and change how the rest is shown: directions, joiners, separators of lines.
 * JSON has escaped control characters already, these it has not.
 */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A line of JSON in which nothing from outside can hide or turn round what stands there: still the same JSON. */
export function visibleJson(line: string): string {
  return line.replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
