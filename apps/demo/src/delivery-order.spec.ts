import { describe, expect, it } from 'vitest';
import { DeliveryOrder } from './delivery-order.js';
import type { ReceivedEnvelope } from './received-envelope.js';

function delivery(
  number: number,
  { type = 'order/updated', date = '2026-01-01T00:00:00.000Z', run = 'r', messageId = '' } = {},
): ReceivedEnvelope {
  return {
    organizationId: 'o',
    messageId: messageId || `${run} ${type} ${number}`,
    webhookId: 'w',
    type,
    date,
    number: { run, number },
    record: Buffer.alloc(0),
  };
}

const findings = (...deliveries: ReceivedEnvelope[]): string[] => {
  const order = new DeliveryOrder();
  return deliveries.flatMap((each) => order.take(each));
};

describe('the order of deliveries', () => {
  it('finds nothing where numbers follow each other, by type and by run', () => {
    const other = { type: 'order/created' };
    expect(
      findings(
        delivery(4),
        delivery(1, other),
        delivery(5),
        delivery(1, { run: 's' }),
        delivery(6),
      ),
    ).toEqual([]);
  });

  it('finds a message that arrives twice, and nothing besides', () => {
    expect(findings(delivery(1), delivery(2), delivery(1))).toEqual([
      'message r order/updated 1 arrived twice',
    ]);
  });

  it('finds a message that was overtaken', () => {
    expect(findings(delivery(1), delivery(3), delivery(2))).toEqual([
      'order/updated no. 3 came after no. 1',
      'order/updated no. 2 came after no. 3',
    ]);
  });

  it('finds a message that was enqueued before the one it follows', () => {
    const late = delivery(1, { type: 'order/created', date: '2025-12-31T23:59:59.999Z' });
    expect(findings(delivery(1), late)).toEqual([expect.stringContaining('2025-12-31')]);
  });
});
