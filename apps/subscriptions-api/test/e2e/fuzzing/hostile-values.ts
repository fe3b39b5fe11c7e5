import fc from 'fast-check';

/** Texts that something on the way might stumble over: none of them occurs in an answer by itself. */
const TEXTS = [
  '',
  ' ',
  '\0',
  '\u0001\u001b[31m',
  'a\r\nb',
  '\u2028',
  '\ud800',
  '😀',
  'İ',
  '__proto__',
  "'; --",
  '"',
  '\\',
  '%s%n',
  '${x}',
  '{{x}}',
  '../..',
  '<b>',
  'NaN',
  'null',
  '-1',
  '1e9',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775809',
  '9'.repeat(400),
  'x'.repeat(20_000),
  'é'.repeat(5_000),
  'https://example.com/',
  'https://127.0.0.1/',
];

const TIMES = [
  '2026-01-31T12:00:00Z',
  '2126-01-31T12:00:00.123456789+14:00',
  '0000-01-01T00:00:00Z',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59.999999999-23:59',
];
const NO_TIMES = ['2026-02-30T00:00:00Z', '2026-01-31', '1', 'May', ''];

const INTEGERS = [0, 1, 2, 20, 100, 101, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5, 1e300];

export const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  fc.string({ unit: 'binary', maxLength: 20 }),
);
export const anyTime = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...TIMES) },
  fc.constantFrom(...NO_TIMES),
);
export const anyInteger = fc.oneof(fc.constantFrom(...INTEGERS), fc.integer());

const MOST = '9'.repeat(18);
/** Places in lists that nobody was led to: the form of a cursor, and the ends of what it may hold. */
const PLACES = [
  'queue 00000000-0000-0000-0000-000000000000',
  `attempt 999999999 ${MOST}`,
  'attempt 0 0',
  ...['next', 'last', 'ledger', 'parked', 'dead-letter', 'action'].flatMap((list) => [
    `${list} 0`,
    `${list} ${MOST}`,
  ]),
  `${MOST}.2147483647.${MOST}`,
  `${MOST}.999999999.${MOST}`,
  '0.0.0',
  '1.1.1',
];
export const anyCursor = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...PLACES).map((place) => Buffer.from(place).toString('base64url')),
  },
  anyText,
);

/** Stands for a value inside of so many lists or objects that no program of ours can write it by recursion. */
const DEEP = /(\\?)"deep (\[|\{)\\?"/g;

/** Puts them into the text of a body; into a document, where they are escaped, as deep as one can have them. */
export const withDeepValues = (body: string): string =>
  body.replace(DEEP, (_, isWritten: string, open: string) => {
    const depth = isWritten === '' ? 15_000 : 400;
    const name = isWritten === '' ? '"a":' : 'a:';
    return open === '['
      ? `${'['.repeat(depth)}1${']'.repeat(depth)}`
      : `${`{${name}`.repeat(depth)}1${'}'.repeat(depth)}`;
  });

export const anyJson = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 3, arbitrary: anyText },
  fc.constantFrom('deep [', 'deep {'),
  fc.dictionary(anyText, anyText),
);

/** As custom headers are given. */
export const anyHeaders = fc.oneof(
  fc.dictionary(fc.constantFrom('x-a', 'X-A', 'host', '__proto__', 'a b'), anyText),
  anyJson,
);
