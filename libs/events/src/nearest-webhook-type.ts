import { WEBHOOK_TYPES, type WebhookType } from './catalogue.js';

/** Below this share of common letter pairs a suggestion would only puzzle. */
const LEAST_LIKENESS = 0.5;

/**
 * The type that was probably meant, for error messages; undefined where none is like it. By Dice's
 * coefficient over letter pairs, which forgives a wrong word end, a plural and any separator: topics
 * are often taken for types (`order.created` for `order/created`).
 */
export function nearestWebhookType(text: string): WebhookType | undefined {
  const wanted = pairsOf(text);
  let best: { readonly type: WebhookType; readonly likeness: number } | undefined;
  for (const type of WEBHOOK_TYPES) {
    const pairs = pairsOf(type);
    const shared = [...pairs].filter((pair) => wanted.has(pair)).length;
    const likeness = (2 * shared) / (pairs.size + wanted.size);
    if (likeness > (best?.likeness ?? LEAST_LIKENESS)) best = { type, likeness };
  }
  return best?.type;
}

function pairsOf(text: string): Set<string> {
  const letters = ` ${text.toLowerCase().replaceAll(/[^a-z]+/g, ' ')} `;
  return new Set(Array.from(letters.slice(1), (letter, i) => `${letters[i]}${letter}`));
}
