/** A parameter of the type interval. */
export const milliseconds = (ms: number): string => `${Math.round(ms)} milliseconds`;
