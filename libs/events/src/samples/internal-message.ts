import type { MessageFailedInterface, MessageInterface } from '../message.interface.js';
import { ORGANIZATION_ID } from './sample-ids.js';

export const MESSAGE_SAMPLE = {
  integrationId: '5f2f1c2a-7a39-4a0e-9a5c-2f4f6f1d8c11',
  organizationId: ORGANIZATION_ID,
  webhookId: '0d6b1f3e-54c8-4c0e-8d57-8a6f0f2b9e42',
  messageId: '018e4154-3c00-8f21-9b7d-5a1c6e2f8d90',
  type: 'order/created',
  date: '2024-03-15T10:40:00.000Z',
} satisfies MessageInterface;

export const MESSAGE_FAILED_SAMPLE = {
  ...MESSAGE_SAMPLE,
  attempt: 3,
  outcome: 'rejected',
  code: 'http_status',
  statusCode: 503,
  lastErrorMessage: 'The endpoint answered 503',
  lastTriedAt: '2024-03-15T10:40:07.214Z',
  nextAttemptAt: '2024-03-15T10:40:15.871Z',
} satisfies MessageFailedInterface;
