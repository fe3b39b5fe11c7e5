export function dependenciesAreCurrent(root: string): boolean;
