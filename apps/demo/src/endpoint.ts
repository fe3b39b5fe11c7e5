/** One address of the receiver: what an integration registered as its endpoint. */
export interface Endpoint {
  /** For people. */
  readonly name: string;
  /** Of the URL, with the leading slash. */
  readonly path: string;
  readonly clientSecret: string;
  /** The only organization whose events may come here; any where it is left out. */
  readonly organizationId?: string | undefined;
}

/** Undefined where the bytes are not an endpoint as JSON. */
export function readEndpoint(bytes: Buffer): Endpoint | undefined {
  try {
    const { name, path, clientSecret, organizationId } = JSON.parse(
      bytes.toString('utf8'),
    ) as Partial<Record<string, unknown>>;
    if (typeof name !== 'string' || typeof clientSecret !== 'string') return undefined;
    if (typeof path !== 'string' || !path.startsWith('/')) return undefined;
    const organization = typeof organizationId === 'string' ? organizationId : undefined;
    return { name, path, clientSecret, organizationId: organization };
  } catch {
    return undefined;
  }
}
