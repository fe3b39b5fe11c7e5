import { parsedUrl } from '@app/delivery';
import { InvalidArgumentError } from 'commander';

const MAX_LENGTH = 2048;
/** The URL parser drops these without a word, so that what is kept would not be what was meant. */
const INVISIBLE = /[\s\p{Cc}]/u;

/** Where an application's users come back to: an absolute URL without fragment (RFC 6749 section 3.1.2). */
export function callbackUrl(text: string): string {
  const isText = text.length <= MAX_LENGTH && !INVISIBLE.test(text) && !text.includes('#');
  const url = isText && /^https?:\/\//i.test(text) ? parsedUrl(text) : undefined;
  if (url?.username === '' && url.password === '') return text;
  throw new InvalidArgumentError(
    'It is not an https or http URL without credentials, fragment and white space.',
  );
}
