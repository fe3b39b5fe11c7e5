import { describe, expect, it, vi } from 'vitest';
import { SECRET, signed, signedRequest, type RequestParts } from '../test/signed-request.js';
import type { ChainObservation } from './chain-observation.js';
import { MemoryStore } from './memory.store.js';
import { statusOf, WebhookError } from './receiver.errors.js';
import { WebhookReceiver, type WebhookReceiverOptions } from './webhook.receiver.js';
import type { WebhookStore } from './webhook-store.interface.js';

function newReceiver(options: Partial<WebhookReceiverOptions<undefined>> = {}): WebhookReceiver {
  return new WebhookReceiver({ secrets: SECRET, store: new MemoryStore(), ...options });
}

/** Held until it is let go; `started` is when it is reached. */
function gate() {
  let reach: () => void = () => undefined;
  let finish: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (reach = resolve));
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const handle = (): Promise<void> => {
    reach();
    return finished;
  };
  return { started, finish: () => finish(), handle };
}

describe('a message', () => {
  it('is handled once, however often it comes', async () => {
    const receiver = newReceiver();
    const request = signedRequest();
    const handle = vi.fn<() => void>();

    expect((await receiver.receive(request, handle)).outcome).toBe('processed');
    expect((await receiver.receive(request, handle)).outcome).toBe('duplicate');
    expect((await receiver.receive(request, handle)).outcome).toBe('duplicate');

    expect(handle).toHaveBeenCalledTimes(1);
  });

  it('is one by its id: another one with the same body is handled, too', async () => {
    const receiver = newReceiver();
    const handle = vi.fn<() => void>();

    await receiver.receive(signedRequest({ messageId: 'a' }), handle);
    await receiver.receive(signedRequest({ messageId: 'b' }), handle);

    expect(handle).toHaveBeenCalledTimes(2);
  });

  it('comes again after a failure of its handler, which is what is thrown', async () => {
    const receiver = newReceiver();
    const request = signedRequest({ sequence: 1 });
    const failures = [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ];

    for (const fail of failures) {
      await expect(receiver.receive(request, fail)).rejects.toThrow(/at once|later/);
    }
    expect((await receiver.receive(request, () => undefined)).outcome).toBe('processed');
  });

  it('is handled by one request at a time', async () => {
    const receiver = newReceiver();
    const request = signedRequest();
    const { started, finish, handle } = gate();
    const first = receiver.receive(request, handle);
    await started;
    const second = vi.fn<() => void>();

    const refused = await receiver.receive(request, second).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'in_progress', status: 503 });
    finish();

    expect((await first).outcome).toBe('processed');
    expect((await receiver.receive(request, second)).outcome).toBe('duplicate');
    expect(second).not.toHaveBeenCalled();
  });

  it('is no matter to another one that is being handled', async () => {
    const receiver = newReceiver();
    const { started, finish, handle } = gate();
    const first = receiver.receive(signedRequest(), handle);
    await started;

    expect((await receiver.receive(signedRequest(), () => undefined)).outcome).toBe('processed');
    finish();
    await first;
  });

  it('is free again when its handler has hung for the time of the claim', async () => {
    let now = Date.now();
    const store = new MemoryStore({ now: () => now });
    const receiver = newReceiver({ store, claimMs: 1000 });
    const request = signedRequest();
    const { started, finish, handle } = gate();
    const hanging = receiver.receive(request, handle);
    await started;

    now += 999;
    await expect(receiver.receive(request, () => undefined)).rejects.toThrow('being handled');
    now += 1;
    expect((await receiver.receive(request, () => undefined)).outcome).toBe('processed');
    finish();
    expect((await hanging).outcome).toBe('processed');
    expect((await receiver.receive(request, () => undefined)).outcome).toBe('duplicate');
  });

  it('reaches neither store nor handler unless its signature holds', async () => {
    const store = new MemoryStore();
    const claim = vi.spyOn(store, 'claim');
    const handle = vi.fn<() => void>();
    const { rawBody } = signedRequest();
    const forged = { rawBody, headers: signed(rawBody, 'other') };

    await expect(newReceiver({ store }).receive(forged, handle)).rejects.toMatchObject({
      code: 'signature_invalid',
      status: 401,
    });
    expect(claim).not.toHaveBeenCalled();
    expect(handle).not.toHaveBeenCalled();
  });

  it('may be days old, unless it may not', async () => {
    const date = new Date(Date.now() - 10 * 86_400_000).toISOString();
    const handle = () => undefined;

    expect((await newReceiver().receive(signedRequest({ date }), handle)).outcome).toBe(
      'processed',
    );
    await expect(
      newReceiver({ maxAgeMs: 86_400_000 }).receive(signedRequest({ date }), handle),
    ).rejects.toMatchObject({ code: 'stale' });
  });
});

describe('the chain of a webhook', () => {
  async function observed(...requests: RequestParts[]): Promise<(readonly ChainObservation[])[]> {
    const receiver = newReceiver();
    const results: (readonly ChainObservation[])[] = [];
    for (const parts of requests) {
      const seen: (readonly ChainObservation[])[] = [];
      const { observations } = await receiver.receive(signedRequest(parts), (_event, context) => {
        seen.push(context.observations);
      });
      for (const each of seen) expect(each).toBe(observations);
      results.push(observations);
    }
    return results;
  }

  it('has no gaps where each is preceded by the one before', async () => {
    const seen = await observed(
      { sequence: 3, previous: 0 },
      { sequence: 7, previous: 3 },
      { sequence: 8, previous: 7 },
    );
    expect(seen).toEqual([[], [], []]);
  });

  it('has a gap, told once', async () => {
    const seen = await observed(
      { sequence: 3, previous: 0 },
      { sequence: 9, previous: 7 },
      { sequence: 10, previous: 9 },
    );
    expect(seen).toEqual([[], [{ kind: 'gap', after: 3, through: 7, sequence: 9 }], []]);
  });

  it('has an inversion where the missing one comes after all, for the first time', async () => {
    const seen = await observed(
      { sequence: 3 },
      { sequence: 9, previous: 7 },
      { sequence: 7, previous: 3, messageId: 'late' },
      { sequence: 7, previous: 3, messageId: 'late' },
      { sequence: 10, previous: 9 },
    );
    expect(seen.map((each) => each.map(({ kind }) => kind))).toEqual([
      [],
      ['gap'],
      ['inversion'],
      [],
      [],
    ]);
  });

  it('goes on with a message that is sent again under a new position', async () => {
    const seen = await observed(
      { sequence: 1, previous: 0, messageId: 'a' },
      { sequence: 2, previous: 1, messageId: 'b' },
      { sequence: 3, previous: 2, messageId: 'a' },
      { sequence: 4, previous: 3, messageId: 'c' },
    );
    expect(seen).toEqual([[], [], [], []]);
  });

  it('repeats, after a failure of the platform, without an inversion', async () => {
    const run = [1, 2, 3].map((sequence) => ({
      sequence,
      previous: sequence - 1,
      messageId: `m-${sequence}`,
    }));

    expect(await observed(...run, ...run)).toEqual(Array.from({ length: 6 }, () => []));
  });

  it('is one for each webhook', async () => {
    const seen = await observed(
      { webhookId: 'a', sequence: 3, previous: 0 },
      { webhookId: 'b', sequence: 4, previous: 0 },
      { webhookId: 'a', sequence: 5, previous: 3 },
      { webhookId: 'b', sequence: 6, previous: 4 },
    );
    expect(seen).toEqual([[], [], [], []]);
  });

  it('does not go on with a message that was not handled', async () => {
    const receiver = newReceiver();
    await receiver.receive(signedRequest({ sequence: 1, previous: 0 }), () => undefined);
    const lost = signedRequest({ sequence: 5, previous: 3 });
    const fail = (): never => {
      throw new Error('no');
    };

    await expect(receiver.receive(lost, fail)).rejects.toThrow('no');
    const { observations } = await receiver.receive(lost, () => undefined);

    expect(observations).toEqual([{ kind: 'gap', after: 1, through: 3, sequence: 5 }]);
  });

  it('tells what was skipped', async () => {
    const [, seen] = await observed(
      { sequence: 3, previous: 0 },
      { sequence: 10, previous: 3, skipped: '4, 6-9' },
    );
    const ranges = [
      { first: 4, last: 4 },
      { first: 6, last: 9 },
    ];
    expect(seen).toEqual([{ kind: 'skipped', sequence: 10, ranges, more: false }]);
  });
});

describe('a receiver', () => {
  it('does not start without secrets', () => {
    expect(() => newReceiver({ secrets: [] })).toThrow(WebhookError);
    expect(() => newReceiver({ secrets: undefined as unknown as string })).toThrow('not set');
  });

  it('takes what its handler threw for the reason, also where the claim cannot be released', async () => {
    const broken: WebhookStore = {
      claim: async () => ({ kind: 'claimed', token: 't', highest: undefined }),
      complete: (_message, _token, work) => work(undefined),
      release: () => Promise.reject(new Error('the store is away')),
    };
    const failing = newReceiver({ store: broken }).receive(signedRequest(), () => {
      throw new Error('the reason');
    });
    await expect(failing).rejects.toThrow('the reason');
  });

  it('fails with a store that is away, so that the message comes again', async () => {
    const store = new MemoryStore();
    vi.spyOn(store, 'claim').mockRejectedValue(new Error('the store is away'));
    const handle = vi.fn<() => void>();

    const error = await newReceiver({ store })
      .receive(signedRequest(), handle)
      .catch((thrown: unknown) => thrown);
    expect(statusOf(error)).toBe(500);
    expect(handle).not.toHaveBeenCalled();
  });
});
