import type { JsonObject } from './json-value.js';
import { MESSAGE_FAILED_TOPIC, MESSAGE_PROCESS_TOPIC } from './message.interface.js';
import { MESSAGE_FAILED_SAMPLE, MESSAGE_SAMPLE } from './samples/internal-message.js';
import { MESSAGE_FAILED_SCHEMA, MESSAGE_SCHEMA } from './schemas/internal-message.js';
import type { JsonSchema } from './schemas/json-schema.js';

/** What is documented of one of the service's own topics. */
export interface InternalTopicDocumentation {
  readonly topic: string;
  readonly title: string;
  readonly description: string;
  /** Whether the service reads the topic as well. */
  readonly consumed: boolean;
  readonly schema: JsonSchema;
  readonly sample: JsonObject;
}

/** The topics between the parts of the service, for the AsyncAPI file and the tests. */
export const INTERNAL_TOPICS: readonly InternalTopicDocumentation[] = [
  {
    topic: MESSAGE_PROCESS_TOPIC,
    title: 'A queue has work',
    description: 'Wakes the replicas. A hint only: losing a record loses no message.',
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
];
