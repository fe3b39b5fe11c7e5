import type { QueueNoticeInterface } from '../queue-notice.js';
import { MESSAGE_FAILED_SAMPLE } from './internal-message.js';

const { integrationId, organizationId, messageId, webhookId } = MESSAGE_FAILED_SAMPLE;
const { code, statusCode, lastErrorMessage, lastTriedAt } = MESSAGE_FAILED_SAMPLE;

export const QUEUE_NOTICE_SAMPLE = {
  noticeId: '7c1b0f52-6a3e-4f7d-8a44-3e0a5b1c9d27',
  kind: 'blocked',
  integrationId,
  organizationId,
  episode: lastTriedAt,
  date: lastTriedAt,
  depth: 12,
  attempts: 1,
  messageId,
  webhookId,
  code,
  statusCode,
  lastErrorMessage,
  reason: null,
  recoveredBy: null,
} satisfies QueueNoticeInterface;
