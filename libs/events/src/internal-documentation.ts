import type { JsonObject } from './json-value.js';
import { MESSAGE_FAILED_TOPIC, MESSAGE_PROCESS_TOPIC } from './message.interface.js';
import { QUEUE_STATUS_TOPIC } from './queue-notice.js';
import { MESSAGE_FAILED_SAMPLE, MESSAGE_SAMPLE } from './samples/internal-message.js';
import { QUEUE_NOTICE_SAMPLE } from './samples/queue-notice.js';
import { MESSAGE_FAILED_SCHEMA, MESSAGE_SCHEMA } from './schemas/internal-message.js';
import type { JsonSchema } from './schemas/json-schema.js';
import { QUEUE_NOTICE_HEADERS, QUEUE_NOTICE_SCHEMA } from './schemas/queue-notice.js';

/** What is documented of one of the service's own topics. */
export interface InternalTopicDocumentation {
  readonly topic: string;
  readonly title: string;
  readonly description: string;
  /** Whether the service reads the topic as well. */
  readonly consumed: boolean;
  /** Of its records, besides those that every consumed topic has. */
  readonly headers?: JsonSchema;
  readonly schema: JsonSchema;
  readonly sample: JsonObject;
}

/** The topics of the service's own, for the AsyncAPI file and the tests. */
export const INTERNAL_TOPICS: readonly InternalTopicDocumentation[] = [
  {
    topic: MESSAGE_PROCESS_TOPIC,
    title: 'A queue has work',
    description:
      'Wakes the replicas. A hint only: losing a record loses no message. Where a replica wakes many queues at a time, and sends itself, it tells of a part of them: others find the rest within a second.',
    consumed: true,
    schema: MESSAGE_SCHEMA,
    sample: MESSAGE_SAMPLE,
  },
  {
    topic: MESSAGE_FAILED_TOPIC,
    title: 'An attempt failed',
    description: 'One record per failed attempt, without body, secrets or headers.',
    consumed: false,
    schema: MESSAGE_FAILED_SCHEMA,
    sample: MESSAGE_FAILED_SAMPLE,
  },
  {
    topic: QUEUE_STATUS_TOPIC,
    title: 'A queue is blocked, or is no more',
    description:
      'One record per kind of notice and episode of failure, however many attempts fail, in order ' +
      'within a queue. Only a crash repeats one, with the same noticeId.',
    consumed: false,
    headers: QUEUE_NOTICE_HEADERS,
    schema: QUEUE_NOTICE_SCHEMA,
    sample: QUEUE_NOTICE_SAMPLE,
  },
];
