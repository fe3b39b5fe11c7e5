import { SIGNATURE_HEADER } from './payload.signer.js';

export interface RequestHeaderParts {
  readonly signature: string;
  /** Those of Standard Webhooks; their names are refused as custom headers. */
  readonly standard: Readonly<Record<string, string>>;
  /** Sent where the subscription names none of its own. */
  readonly userAgent: string;
  readonly marks: Readonly<Record<string, string>>;
  /** Judged by `customHeaderFaults`: none of them is one of the service's own. */
  readonly custom: Readonly<Record<string, string>>;
}

/**
 * Names and values in turn: the service's own headers, its marks, the subscription's headers.
 *
 * No name is sent twice, because receivers join or drop repeated headers. A mark whose name the
 * subscription uses (`traceparent`, say) is left out; a mark `x-happycolis-…` always stays, because
 * such names are refused as custom headers.
 */
export function requestHeaders(parts: RequestHeaderParts): string[] {
  const { signature, standard, userAgent, marks, custom } = parts;
  const taken = new Set(Object.keys(custom).map((name) => name.toLowerCase()));
  const kept = Object.entries(marks).filter(([name]) => !isReplaced(name.toLowerCase(), taken));
  return [
    'Content-Type',
    'application/json',
    SIGNATURE_HEADER,
    signature,
    ...Object.entries(standard).flat(),
    ...(taken.has('user-agent') ? [] : ['User-Agent', userAgent]),
    ...kept.flat(),
    ...Object.entries(custom).flat(),
  ];
}

/** A `tracestate` belongs to the `traceparent` it came with (W3C Trace Context): never to another. */
function isReplaced(name: string, taken: ReadonlySet<string>): boolean {
  return taken.has(name) || (name === 'tracestate' && taken.has('traceparent'));
}
