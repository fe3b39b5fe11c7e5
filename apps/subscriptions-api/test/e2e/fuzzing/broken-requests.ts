import fc from 'fast-check';
import { anyJson, anyText } from './hostile-values.js';
import type { RandomOperation } from './random-operations.js';

/** A request that is not what an API expects. */
export interface BrokenRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Documents that are large in one way or another, or go around in circles. */
const DOCUMENTS = [
  `{ ${Array.from({ length: 500 }, (_, at) => `a${at}: __typename`).join(' ')} }`,
  `{ ${Array.from({ length: 50 }, (_, at) => `a${at}: __typename`).join(' ')} }`,
  `${'{ a '.repeat(900)}${'}'.repeat(900)}`,
  `{ a(b: ${'['.repeat(900)}${']'.repeat(900)}) }`,
  `{ a(b: ${'{c: '.repeat(400)}1${'}'.repeat(400)}) }`,
  `{ __typename ${'@include(if: true) '.repeat(300)} }`,
  '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
  'query A { __typename } query B { __typename }',
  'query A { __typename } query A { __typename }',
  'query($a: [[[[String!]!]!]!]!) { __typename }',
  'subscription { __typename }',
  'type Query { a: Int } extend schema @a',
  'fragment A on Query { __typename }',
  `{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }`,
  '{ __type(name: "Query") { name fields(includeDeprecated: true) { name } } }',
  `"""${'x'.repeat(90_000)}"""`,
  '#'.repeat(50_000),
  '\ufeff{ __typename }',
];

/** Besides none at all. */
const HEADERS: Readonly<Record<string, string>>[] = [
  { 'Content-Type': '' },
  { 'Content-Type': 'text/plain' },
  { 'Content-Type': 'application/graphql' },
  { 'Content-Type': 'application/json; charset=utf-7' },
  { 'Content-Type': 'application/json; charset="' },
  { 'Content-Type': 'multipart/form-data; boundary=x' },
  { 'Content-Encoding': 'gzip' },
  { 'Content-Encoding': 'x' },
  { Accept: 'text/html' },
  { Accept: 'a/b;q=x, */*;q=0' },
];

/** Text with pieces taken out and others put in. */
const spoiled = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat(20), anyText), { minLength: 1, maxLength: 3 }))
    .map(([whole, changes]) =>
      changes.reduce((changed, [where, dropped, piece]) => {
        const at = where % (changed.length + 1);
        return `${changed.slice(0, at)}${piece.slice(0, 200)}${changed.slice(at + dropped)}`;
      }, whole),
    );

/** What surrounds a document is of the wrong form, or the document itself. */
export function brokenRequests(
  operations: fc.Arbitrary<RandomOperation>,
): fc.Arbitrary<BrokenRequest> {
  const query = operations.map((operation) => operation.query);
  const document = fc.oneof(spoiled(query), fc.constantFrom(...DOCUMENTS), anyText);
  const envelope = fc.record(
    {
      query: fc.oneof({ weight: 4, arbitrary: document }, anyJson),
      variables: anyJson,
      operationName: fc.oneof(anyJson, fc.constantFrom('A', 'Random', 'constructor')),
      extensions: fc.oneof(
        anyJson,
        fc.constant({ persistedQuery: { version: 1, sha256Hash: 'a' } }),
      ),
    },
    { requiredKeys: ['query'] },
  );
  const written = fc.oneof(
    envelope,
    document.map((text) => ({ query: text })),
  );
  const body = fc.oneof(
    { weight: 4, arbitrary: written.map((value) => JSON.stringify(value)) },
    spoiled(operations.map((operation) => JSON.stringify(operation))),
    operations.map((operation) => JSON.stringify([operation, operation])),
    anyJson.map((value) => JSON.stringify(value)),
    anyText,
    fc.constantFrom('['.repeat(99_000), 'x'.repeat(100_001), '{"query":"{__typename}"}{}', '\0'),
  );
  const none = fc.constant<BrokenRequest['headers']>({});
  const headers = fc.oneof({ weight: 2, arbitrary: none }, fc.constantFrom(...HEADERS));
  return fc.record({ body, headers });
}
