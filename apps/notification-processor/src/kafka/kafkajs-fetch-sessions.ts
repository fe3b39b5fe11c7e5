import type { createRequire } from 'node:module';
import {
  FetchSession,
  type FetchedTopic,
  type SessionAnswer,
  type SessionFetch,
} from './fetch-session.js';

type Protocol = (request: object) => object;

export interface FetchRequest {
  readonly topics: readonly FetchedTopic[];
}

export interface FetchResponse extends SessionAnswer {
  readonly responses: readonly unknown[];
}

/** The part of kafkajs' `Broker` that the patch works with. Each consumer has brokers of its own. */
export interface Broker {
  fetch: (this: Broker, request: FetchRequest) => Promise<FetchResponse>;
  lookupRequest(apiKey: number, definition: object): Protocol;
}

const sessions = new WeakMap<Broker, FetchSession>();

/**
 * Lets kafkajs 2.2.4 fetch in sessions. As it comes, every fetch names all partitions, and every answer
 * repeats them: 177 for the topics of the catalogue, however few have records. A fetch that brings one
 * record then costs the consumer some 4 ms of CPU, and the broker as much again.
 */
export function patchFetchSessions(require: ReturnType<typeof createRequire>): void {
  const { prototype } = require('kafkajs/src/broker/index.js') as { prototype: Broker };
  const { fetch } = prototype;
  prototype.fetch = function fetchInSession(request) {
    return sessionFetch(this, fetch, request);
  };
}

async function sessionFetch(
  broker: Broker,
  fetch: Broker['fetch'],
  request: FetchRequest,
): Promise<FetchResponse> {
  const session = sessions.get(broker) ?? new FetchSession();
  sessions.set(broker, session);
  try {
    const response = await fetchAs(broker, fetch, request, session.next(request.topics));
    session.answered(response);
    return response;
  } catch (error) {
    // What the broker made of the request is unknown, or part of its answer is an error that comes again.
    session.restart();
    throw error;
  }
}

/** kafkajs' protocol has the fields of a session, but its `fetch` does not hand them on. */
export function fetchAs(
  broker: Broker,
  fetch: Broker['fetch'],
  request: FetchRequest,
  { topics, ...session }: SessionFetch,
): Promise<FetchResponse> {
  const lookupRequest: Broker['lookupRequest'] = (apiKey, definition) => {
    const protocol = broker.lookupRequest(apiKey, definition);
    return (fields) => protocol({ ...fields, ...session });
  };
  const withSession = Object.create(broker, { lookupRequest: { value: lookupRequest } }) as Broker;
  return fetch.call(withSession, { ...request, topics });
}
