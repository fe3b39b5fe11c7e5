import { WEBHOOK_TYPES } from '@app/events';
import { describe, expect, it } from 'vitest';
import { parsePublisherRequest } from './publisher-options.js';

describe('the options of the publisher', () => {
  it('publishes one of each type in rounds when nothing is asked for', () => {
    expect(parsePublisherRequest([])).toEqual({
      kind: 'run',
      options: { types: WEBHOOK_TYPES, organizationId: undefined, count: 1, once: false },
    });
  });

  it('publishes once for an organization that is named', () => {
    const args = ['--organization', 'org', '--type', 'order/created', '--count', '3'];
    expect(parsePublisherRequest(args)).toEqual({
      kind: 'run',
      options: { types: ['order/created'], organizationId: 'org', count: 3, once: true },
    });
  });

  it.each([
    [['--type', 'order/eaten'], 'order/eaten'],
    [['--count', '0'], '--count'],
    [['--count', '1e3'], '--count'],
    [['--nonsense'], '--nonsense'],
  ])('refuses %j and names the fault', (args, named) => {
    expect(parsePublisherRequest(args)).toEqual({
      kind: 'refused',
      reason: expect.stringContaining(named),
    });
  });
});
