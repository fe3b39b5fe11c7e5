import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../infrastructure/project-directories.js';
import { explore } from './explore.js';
import { ACTIONS } from './protocol-actions.js';
import { ALL_PROTECTIONS, PROTECTION_NAMES, without, type Protection } from './protections.js';
import { FULL_SIZE } from './protocol-state.js';
import { SIZES, sizeWithout } from './sizes.js';
import { parseStory, replayStory, storyText } from './story.js';

/** A slow machine looks at some 40,000 states a second. */
const LIMIT_MS = 120_000;

describe('the protocol', () => {
  it.each(Object.entries(SIZES))(
    'keeps its promises in every state: %s',
    (_name, size) => {
      const { states, counterexample } = explore({ size, protections: ALL_PROTECTIONS });
      expect(counterexample).toBeNull();
      expect(states).toBeGreaterThan(20_000);
    },
    LIMIT_MS,
  );
});

const found = (protection: Protection) => {
  const terms = { size: sizeWithout(protection), protections: without(protection) };
  return { terms, counterexample: explore(terms).counterexample };
};

describe('without a protection', () => {
  it.each([
    ['fencing', 'two requests of a queue at once'],
    ['leaseGuard', 'two requests of a queue at once'],
    ['lease', 'two requests of a queue at once'],
    ['rowLock', 'two messages at one position'],
    ['commitBeforeOffset', 'offset committed past a record that is not stored'],
    ['messageIds', 'a record stored under two ids'],
    ['sweeper', 'stuck: something waits, and nothing can be done'],
    ['databaseClock', 'two requests of a queue at once'],
    ['aheadLimit', 'repeated more often than a fault may'],
  ] as const)('%s there is a story: %s', (protection, violation) => {
    const { terms, counterexample } = found(protection);
    expect(counterexample?.violation).toBe(violation);
    const story = counterexample?.story ?? [];
    // With the protection the same story is not possible, or breaks nothing.
    const terms2 = { ...terms, protections: ALL_PROTECTIONS };
    expect(replayStory(story, terms2).kind).not.toBe('violation');
    if (protection === 'sweeper') return;
    expect(replayStory(story, terms)).toEqual({ kind: 'violation', violation, at: story.length });
  });

  it('all of them were tried', () => {
    expect(PROTECTION_NAMES).toHaveLength(9);
  });

  it('the story can be read', () => {
    const { counterexample } = found('leaseGuard');
    expect(storyText(counterexample?.story ?? [], counterexample?.violation)).toBe(
      [
        '  1  worker 1 reads the next record of partition 1',
        '  2  worker 1 stores its message',
        '  3  worker 1 claims queue A',
        '  4  worker 1 stands still',
        '  5  the lease of queue A runs out',
        '  6  worker 2 claims queue A',
        '  7  worker 2 sends the next message of queue A; the receiver answers 2xx',
        '  8  worker 1 goes on',
        '  9  worker 1 sends the next message of queue A; the receiver answers 2xx',
        '     → two requests of a queue at once',
      ].join('\n'),
    );
  });
});

describe('a story', () => {
  const terms = { size: FULL_SIZE, protections: ALL_PROTECTIONS };

  it('that cannot be says where, and what could be instead', () => {
    const story = parseStory(
      '[{"action":"read","worker":0,"partition":0},{"action":"wake","worker":0}]',
    );
    const replay = replayStory(story, terms);
    expect(replay).toMatchObject({ kind: 'impossible', at: 2 });
    expect(replay.kind === 'impossible' && replay.possible).toContainEqual({
      action: 'enqueue',
      worker: 0,
    });
  });

  it('is refused where it is no array, or has what is no action', () => {
    expect(() => parseStory('{}')).toThrow('A story is an array of actions.');
    expect(() => parseStory('[{"action":"read"},{"action":"toString"}]')).toThrow(
      /^Entry 2 is no action \(read, .*\): \{"action":"toString"\}$/,
    );
  });
});

describe('the words of the model', () => {
  const places = Object.entries(ACTIONS).flatMap(([action, { code }]) =>
    code.map(([file, name]) => [action, file, name] as const),
  );

  it.each(places)('%s stands for code that is there: %s, %s', (_action, file, name) => {
    expect(readFileSync(join(projectRoot(), file), 'utf8')).toContain(name);
  });
});
