/** Placeholder until the codecs are registered. */
export function registerCompressionCodecs(): void {
  return;
}
