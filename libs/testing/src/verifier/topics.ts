import { CATALOGUE } from '@app/events';

const TYPES: ReadonlyMap<string, string> = new Map(
  CATALOGUE.map(({ topic, type }) => [topic, type]),
);
const TOPICS: ReadonlyMap<string, string> = new Map(
  CATALOGUE.map(({ topic, type }) => [type, topic]),
);

/** Null for a topic that is none of the platform's. */
export function typeOfTopic(topic: string): string | null {
  return TYPES.get(topic) ?? null;
}

/** Null for a type that is none of the platform's. */
export function topicOfType(type: string): string | null {
  return TOPICS.get(type) ?? null;
}
