import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';

const CDN = 'https://unpkg.com';

/** What the page loads, with the hashes of the published files: a changed one is not run. */
const FILES = {
  react: {
    url: `${CDN}/react@18.3.1/umd/react.production.min.js`,
    integrity: 'sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z',
  },
  reactDom: {
    url: `${CDN}/react-dom@18.3.1/umd/react-dom.production.min.js`,
    integrity: 'sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1',
  },
  graphiql: {
    url: `${CDN}/graphiql@3.8.3/graphiql.min.js`,
    integrity: 'sha384-HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie',
  },
  styles: {
    url: `${CDN}/graphiql@3.8.3/graphiql.min.css`,
    integrity: 'sha384-Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM',
  },
} as const;

const script = ({ url, integrity }: { readonly url: string; readonly integrity: string }): string =>
  `<script src="${url}" integrity="${integrity}" crossorigin="anonymous"></script>`;

const startFor = (graphqlPath: string): string => `
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: '${graphqlPath}' }),
    defaultHeaders: '{ "Authorization": "Bearer <token>" }',
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  }),
);
`;

const pageFor = (graphqlPath: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>GraphiQL · HappyColis webhooks</title>
<link rel="stylesheet" href="${FILES.styles.url}" integrity="${FILES.styles.integrity}" crossorigin="anonymous">
<style>body { margin: 0 } #graphiql { height: 100vh; font-family: system-ui }</style>
</head>
<body>
<div id="graphiql">GraphiQL is loaded from ${CDN}; this page needs access to it.</div>
${[FILES.react, FILES.reactDom, FILES.graphiql].map(script).join('\n')}
<script>${startFor(graphqlPath)}</script>
</body>
</html>
`;

/**
 * Runs the three scripts and the one that starts them, and nothing else; asks this service alone. Styles
 * are looser: the editor and the dialogs set theirs themselves, and its fonts are in its style sheet.
 */
function policyFor(graphqlPath: string): string {
  const start = createHash('sha256').update(startFor(graphqlPath)).digest('base64');
  const { react, reactDom, graphiql, styles } = FILES;
  return [
    "default-src 'none'",
    `script-src ${react.url} ${reactDom.url} ${graphiql.url} 'sha256-${start}'`,
    `style-src ${styles.url} 'unsafe-inline'`,
    'font-src data:',
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * The GraphiQL page. It needs no token itself: whoever uses it gives one in its header editor, which
 * keeps it nowhere.
 */
export function graphiqlPage(graphqlPath: string): RequestHandler {
  const [page, policy] = [pageFor(graphqlPath), policyFor(graphqlPath)];
  return (_request, response) => {
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.type('html').send(page);
  };
}
