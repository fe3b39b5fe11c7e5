import { signingKey, WebhookSender } from '@app/delivery';
import type { QueueNoticeInterface } from '@app/events';
import { TopicNoticeChannel, WebhookNoticeChannel } from '@app/queue';
import { TestReceiver, verifySignature, waitFor, type ReceivedRequest } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NoticeOutbox } from '../notice-outbox.js';
import { RecordingNoticeEmitter } from '../notice-recorders.js';

const SECRET = 'the operator’s own secret';

let outbox: NoticeOutbox;
let receiver: TestReceiver;
let sender: WebhookSender;
beforeAll(async () => {
  [outbox, receiver] = await Promise.all([NoticeOutbox.create(), TestReceiver.start()]);
  sender = new WebhookSender({
    allowHttp: true,
    allowedNetworks: ['127.0.0.0/8'],
    timeoutMs: 2_000,
    connectionsPerOrigin: 1,
  });
});
afterEach(() => outbox.clear());
afterAll(async () => {
  await outbox?.drop();
  await sender?.close();
  await receiver?.close();
});

const to = (path: string) =>
  new WebhookNoticeChannel(sender, { endPoint: receiver.url(path), secret: signingKey(SECRET) });

interface Envelope {
  readonly header: Readonly<Record<string, string>>;
  readonly body: QueueNoticeInterface;
}
const envelope = ({ body }: ReceivedRequest) => JSON.parse(body.toString('utf8')) as Envelope;
const kindsAt = (path: string) => receiver.requestsTo(path).map((each) => envelope(each).body.kind);

const three = ['blocked', 'still_blocked_1h', 'recovered'] as const;

describe("the operator's webhook", () => {
  it('receives notices in an envelope, signed like every POST', async () => {
    const queue = await outbox.write(['blocked']);
    outbox.publisher(to('/signed'));
    const [request] = await receiver.waitForCount(1, { path: '/signed' });
    if (!request) throw new Error('no request');
    const { header, body } = envelope(request);
    expect(header).toEqual({
      organizationId: 'organization',
      messageId: body.noticeId,
      type: 'queue/blocked',
      date: body.date,
    });
    expect(body).toMatchObject({ kind: 'blocked', integrationId: queue, code: 'http_status' });
    expect(request.headers['content-type']).toBe('application/json');
    const signature = request.headers['x-happycolis-webhook-signature'];
    const signed = { body: request.body, signature, clientSecret: SECRET };
    expect(verifySignature(signed)).toBe(true);
    expect(verifySignature({ ...signed, clientSecret: `${SECRET}.` })).toBe(false);
    await outbox.emptied('webhook');
  });

  it('is tried until it answers 2xx, with the same bytes, and nothing overtakes', async () => {
    const bad = { kind: 'answer', status: 500 } as const;
    receiver.script('/failing', bad, { kind: 'hang' }, bad, { kind: 'answer', status: 204 });
    await outbox.write(three);
    for (let n = 0; n < 3; n += 1) outbox.publisher(to('/failing'));
    await outbox.emptied('webhook');

    expect(kindsAt('/failing')).toEqual(['blocked', 'blocked', 'blocked', ...three]);
    const [first, second] = receiver.requestsTo('/failing');
    expect(second?.body).toEqual(first?.body);
    const failures = outbox.log.of('notices.not_sent').map(({ fields }) => fields['failures']);
    expect(failures).toEqual([1, 2, 3]);
    expect(outbox.log.of('notices.not_sent')[0]?.fields).toMatchObject({
      channel: 'webhook',
      error: { code: 'http_status', message: 'The endpoint answered 500 Internal Server Error' },
    });
  });

  it('holds up no notice on the topic while it hangs', async () => {
    receiver.script('/hanging', { kind: 'hang' });
    const emitter = new RecordingNoticeEmitter();
    outbox.publisher(to('/hanging'));
    await outbox.write(three);
    await receiver.waitForCount(1, { path: '/hanging' });
    outbox.publisher(new TopicNoticeChannel(emitter));
    await outbox.emptied('topic', 1_500);
    expect(emitter.kinds()).toEqual(three);
    expect(await outbox.waiting('webhook')).toBe(3);
  });

  it('that comes late or was away for long receives what is recent alone', async () => {
    const [old, recent] = [await outbox.write(three), await outbox.write(['blocked'])];
    await outbox.fixture.database.query(
      `UPDATE queue_notice SET happened_at = happened_at - interval '25 hours' WHERE queue_id = $1`,
      [old],
    );
    outbox.publisher(to('/late'), { expireAfterMs: 24 * 3_600_000 });
    await outbox.emptied('webhook');
    expect(receiver.requestsTo('/late').map((each) => envelope(each).body.integrationId)).toEqual([
      recent,
    ]);
    expect(outbox.log.of('notices.expired').map(({ fields }) => fields)).toEqual([
      { channel: 'webhook', notices: 3 },
    ]);
    // For the topic they are as they were.
    expect(await outbox.waiting('topic')).toBe(4);
  });

  it('may lead to no private network', async () => {
    const guarded = new WebhookSender({
      allowHttp: true,
      allowedNetworks: [],
      timeoutMs: 2_000,
      connectionsPerOrigin: 1,
    });
    const operator = { endPoint: receiver.url('/private'), secret: signingKey(SECRET) };
    await outbox.write(['blocked']);
    outbox.publisher(new WebhookNoticeChannel(guarded, operator));
    const [line] = await waitFor(() => {
      const lines = outbox.log.of('notices.not_sent');
      return lines.length > 0 && lines;
    });
    expect(line?.fields['error']).toMatchObject({ code: 'address_refused' });
    expect(receiver.requestsTo('/private')).toEqual([]);
    await guarded.close();
  });
});
