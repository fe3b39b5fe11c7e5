import { createHmac } from 'node:crypto';
import { verdict, type Stage, type Step } from './step.js';

/** Registered as no webhook's endpoint: what comes here was not sent by the service. */
const PATH = '/forged';
const LIMIT_MS = 5_000;

export const forgedRequest: Step<'genuine' | 'stranger' | 'changed'> = {
  title: 'Requests that the service did not send',
  expectations: {
    genuine: 'A delivery repeated with its own signature is recognised as genuine',
    stranger: 'The same bytes signed with another secret are refused',
    changed: 'One changed byte under the genuine signature is refused',
  },
  async run(stage) {
    const { receiver, registration, output } = stage;
    const { wide } = registration;
    receiver.open({ name: 'forger', path: PATH, clientSecret: wide.clientSecret });
    const [delivery] = receiver.taken(wide.path);
    if (!delivery) throw new Error('nothing was delivered before');
    const { bytes, headers } = delivery;
    const signature = String(headers['x-happycolis-webhook-signature']);
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(changed.length - 2) ^ 1, changed.length - 2);
    const foreign = createHmac('sha256', 'another secret').update(bytes).digest('base64');
    const statuses = {
      genuine: await post(stage, bytes, signature),
      stranger: await post(stage, bytes, foreign),
      changed: await post(stage, changed, signature),
    };
    output.note(`answers: ${Object.values(statuses).join(', ')}`);
    return {
      genuine: verdict(statuses.genuine === 200, `answered ${statuses.genuine}`),
      stranger: verdict(statuses.stranger === 401, `answered ${statuses.stranger}`),
      changed: verdict(statuses.changed === 401, `answered ${statuses.changed}`),
    };
  },
};

async function post(stage: Stage, body: Buffer, signature: string): Promise<number> {
  const response = await fetch(stage.receiverUrl + PATH, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'x-happycolis-webhook-signature': signature },
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  return response.status;
}
