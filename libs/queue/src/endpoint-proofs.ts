import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { DeliveryOutcome, FailedOutcome, WebhookRequest } from '@app/delivery';
import type { EndpointProofsStore, ProvenEndpoint } from './endpoint-proofs.store.js';

/** Carries the challenge, as the body does; no delivery has it. */
export const CHALLENGE_HEADER = 'x-happycolis-challenge';

const CHALLENGE_BYTES = 32;

/** Remembered as proven by a process; beyond that many the database is asked. */
const MAX_KNOWN = 10_000;

export type PostWebhook = (request: WebhookRequest) => Promise<DeliveryOutcome>;

/**
 * Before anything is delivered to an endpoint, it has to echo a challenge: whoever subscribes somebody else's
 * address cannot have events sent there (ADR 41). The queue's order and its rules for failures are those of
 * every attempt; the challenge is a request ahead of the first one.
 */
export class EndpointProofs {
  private readonly known = new Set<string>();

  constructor(private readonly store: EndpointProofsStore) {}

  /**
   * Undefined where the endpoint has proven itself, now or before. Else why it has not, to be recorded as
   * the outcome of the attempt. Rejects where the database, or this service, is to blame.
   */
  async refusal(
    webhookId: string,
    request: WebhookRequest,
    post: PostWebhook,
  ): Promise<FailedOutcome | undefined> {
    const endpoint = { webhookId, endPoint: request.endPoint };
    if (this.known.has(keyOf(endpoint))) return undefined;
    if (!(await this.store.isProven(endpoint))) {
      const refused = await challenged(webhookId, request, post);
      if (refused) return refused;
      await this.store.prove(endpoint);
    }
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.add(keyOf(endpoint));
    return undefined;
  }
}

const keyOf = ({ webhookId, endPoint }: ProvenEndpoint): string => `${webhookId} ${endPoint}`;

async function challenged(
  webhookId: string,
  { marks: _marks, standard, ...request }: WebhookRequest,
  post: PostWebhook,
): Promise<FailedOutcome | undefined> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
  const outcome = await post({
    ...request,
    marks: { [CHALLENGE_HEADER]: challenge },
    body: Buffer.from(JSON.stringify({ challenge })),
    ...(standard && { standard: { ...standard, id: `challenge-${webhookId}` } }),
    keepsAnswer: true,
  });
  if (outcome.kind !== 'delivered') {
    return { ...outcome, message: `Before the first delivery: ${outcome.message}` };
  }
  const { statusCode, excerpt = Buffer.alloc(0), durationMs } = outcome;
  if (isEchoed(challenge, excerpt)) return undefined;
  const message = 'Before the first delivery: the endpoint did not echo the challenge';
  const code = 'not_proven';
  return { kind: 'rejected', code, statusCode, message, excerpt, retryAfterMs: null, durationMs };
}

/** As text of its own, or as `{"challenge":"…"}`. */
function isEchoed(challenge: string, answer: Buffer): boolean {
  const text = answer.toString('utf8').trim();
  const echoed = Buffer.from(ofJson(text) ?? text);
  const expected = Buffer.from(challenge);
  return echoed.length === expected.length && timingSafeEqual(echoed, expected);
}

function ofJson(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const echoed: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'challenge') : value;
    return typeof echoed === 'string' ? echoed : undefined;
  } catch {
    return undefined;
  }
}
