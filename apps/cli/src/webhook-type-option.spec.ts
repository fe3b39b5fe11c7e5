import { WEBHOOK_TYPES } from '@app/events';
import { describe, expect, it } from 'vitest';
import { webhookType } from './webhook-type-option.js';

describe('webhookType', () => {
  it('takes every documented type', () => {
    expect(WEBHOOK_TYPES.map(webhookType)).toEqual(WEBHOOK_TYPES);
  });

  it('suggests the nearest type for what is none, and nothing where nothing is near', () => {
    expect(() => webhookType('order.created')).toThrow('Did you mean order/created?');
    expect(() => webhookType('*')).toThrow(/^It is none of the 57 event types\.$/);
  });
});
