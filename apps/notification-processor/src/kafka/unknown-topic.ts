/** Whether the broker said that it does not know a topic, be it in a cause of the error. */
export function isUnknownTopic(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (Reflect.get(at, 'type') === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  }
  return false;
}
