/** What one statement may carry. */
export interface PartLimits {
  readonly items: number;
  readonly bytes: number;
}

/**
 * Divides items, in their order, so that no part exceeds the limits. An item that is larger than the
 * limit of bytes stands alone.
 */
export function partsOf<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  limits: PartLimits,
): Item[][] {
  const parts: Item[][] = [];
  let part: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (part.length > 0 && (part.length >= limits.items || bytes + size > limits.bytes)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
