import { createHash, randomBytes } from 'node:crypto';

/** SHA-256 suffices: a token is 32 random bytes, so there is nothing to guess slowly. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** 256 bits, in characters that need no escaping anywhere. */
export const newToken = (): string => randomBytes(32).toString('base64url');
