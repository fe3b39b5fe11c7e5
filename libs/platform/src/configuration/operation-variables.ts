import { integer, secret } from './kinds.js';
import { httpsUrl, webhookUrl } from './network-kinds.js';
import { confidential, optional, withDefault } from './variable.js';

export const RETENTION = {
  RETENTION_DAYS: withDefault(
    integer(1, 3_650, 'days'),
    '14',
    'Days for which delivered messages and attempts are kept; what waits is kept until it is sent.',
  ),
};

export const NOTICES = {
  OPERATOR_WEBHOOK_URL: optional(
    webhookUrl,
    'Told, besides the topic applications.queue.status, of queues that are blocked and recover.',
  ),
  OPERATOR_WEBHOOK_SECRET: confidential(
    optional(secret(16, 'at least 16 characters'), 'Signs what is sent there; needed with it.'),
  ),
};

export const OPERATOR = {
  OPERATOR_API_URL: optional(
    httpsUrl,
    'The API that the command line works over. Default: none, it works on the database.',
  ),
  OPERATOR_TOKEN: confidential(
    optional(
      secret(48, 'a token as `operator create` shows it'),
      'Who the command line is there. Needed with OPERATOR_API_URL.',
    ),
  ),
};
