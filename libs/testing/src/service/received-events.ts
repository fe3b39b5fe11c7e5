import { readEnvelope } from '../receiver/read-envelope.js';
import type { ReceivedRequest } from '../receiver/received-request.js';
import type { TestReceiver } from '../receiver/test-receiver.js';

/** A delivery as a subscriber reads it. */
export interface ReceivedEvent {
  readonly organizationId: string;
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  readonly date: string;
  /** The very bytes that stood in the envelope. */
  readonly body: Buffer;
  readonly request: ReceivedRequest;
}

/** What arrived, in the order of arrival, at one path or at all. */
export function receivedEvents(receiver: TestReceiver, path?: string): ReceivedEvent[] {
  const requests = path === undefined ? receiver.requests : receiver.requestsTo(path);
  return requests.map((request) => {
    const { header, body } = readEnvelope(request.body);
    return { ...(header as Omit<ReceivedEvent, 'body' | 'request'>), body, request };
  });
}
