/**
 * Undefined for text that is no URL. Instead of `URL.canParse`: in Node 20 that refuses Latin-1 letters
 * such as the ü of `https://bücher.example` as soon as it is called so often that V8 compiles the caller.
 */
export function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
