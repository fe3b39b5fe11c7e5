const MAX_TEXT = 2_000;

const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s@/]*@/gi;

/** For text that others composed, such as the message of a driver's error. */
export function redactText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length})` : text;
  return short.includes('://') ? short.replace(URL_PASSWORD, '$1:***@') : short;
}
