import { ApiRefusedError } from '../demo.errors.js';
import { newWebhook } from '../registration.js';
import { verdict, type Step, type Verdict } from './step.js';

export const ownership: Step<'duplicate' | 'foreign'> = {
  title: 'What the API refuses',
  expectations: {
    duplicate: 'A second webhook for the same type is a CONFLICT that names the existing one',
    foreign: 'A webhook of another party cannot be removed: FORBIDDEN, by reason of a mismatch',
  },
  async run({ api, registration, receiverUrl }) {
    const { wide, narrow } = registration;
    const [webhook] = wide.webhooks;
    if (!webhook) throw new Error('nothing was registered before');
    const again = await refusal(() => api.create(wide, newWebhook(wide, receiverUrl)));
    const foreign = await refusal(() => api.remove(narrow, webhook));
    return {
      duplicate: refusedWith(again, 'CONFLICT', () => again?.details['webhookId'] === webhook.id),
      foreign: refusedWith(foreign, 'FORBIDDEN', () => /mismatch/.test(foreign?.message ?? '')),
    };
  },
};

/** Undefined where the API did what it was asked for. */
async function refusal(call: () => Promise<unknown>): Promise<ApiRefusedError | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof ApiRefusedError) return error;
    throw error;
  }
}

function refusedWith(
  refused: ApiRefusedError | undefined,
  code: string,
  alsoSays: () => boolean,
): Verdict {
  const answer = refused ? `${refused.code}: ${refused.message}` : 'it was done';
  return verdict(refused?.code === code && alsoSays(), answer);
}
