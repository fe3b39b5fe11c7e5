import { randomBytes } from 'node:crypto';

/** What the bearer of an operator token may do: see, or see and change. */
export const OPERATOR_ROLES = ['viewer', 'operator'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** By the prefix people and secret scanners know what they have found. */
const PREFIX = 'hcop_';
const OPERATOR_TOKEN = /^hcop_[\w-]{43}$/;

/** 256 random bits, in characters that need no escaping anywhere. */
export const newOperatorToken = (): string => `${PREFIX}${randomBytes(32).toString('base64url')}`;

export const isOperatorToken = (text: string): boolean => OPERATOR_TOKEN.test(text);
