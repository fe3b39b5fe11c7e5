export function buildIsCurrent(root: string): boolean;
export function fingerprintOf(root: string): string;
export function removeOrphans(root: string): void;
