import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  ALL_PROTECTIONS,
  explore,
  FULL_SIZE,
  LARGER_SIZES,
  parseStory,
  PROTECTION_NAMES,
  PROTECTIONS,
  replayStory,
  SIZES,
  sizeWithout,
  storyText,
  without,
  type Protection,
} from '@app/testing';

const USAGE = `usage: npm run model [-- OPTION…]

Looks at every state that the protocol of delivery can be in, for a few workers, queues and messages: nothing
accepted is lost, nothing overtakes, repetitions are bounded. Then takes one protection after the other away, and
shows how many steps it takes until a promise breaks. The exit code is 1 where the whole protocol breaks one.

  --without NAME   the shortest story that breaks a promise without this protection:
${PROTECTION_NAMES.map((name) => `                     ${name.padEnd(20)}${PROTECTIONS[name]}`).join('\n')}
  --story FILE     what the model says of a story: a JSON array of actions (of three workers, two queues and
                   four messages, or of the size for --without NAME)
  --json           stories as JSON
  --help           this text
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  process.exitCode = main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}

function main(): number {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: {
      without: { type: 'string' },
      story: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    say(USAGE.trimEnd());
    return 0;
  }
  const missing = values.without === undefined ? undefined : protectionOf(values.without);
  if (values.story !== undefined) return replay(values.story, missing);
  return missing === undefined ? exploreAll() : tell(missing, values.json);
}

function protectionOf(name: string): Protection {
  const known = PROTECTION_NAMES.find((each) => each === name);
  if (known === undefined) throw new Error(`there is no protection '${name}'`);
  return known;
}

function exploreAll(): number {
  let broken = 0;
  for (const [name, size] of Object.entries({ ...SIZES, ...LARGER_SIZES })) {
    const startedAt = performance.now();
    const { states, counterexample } = explore({ size, protections: ALL_PROTECTIONS });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(
      `${name}: ${states} states in ${seconds} s, ${counterexample ? 'BROKEN' : 'every promise holds'}`,
    );
    if (!counterexample) continue;
    broken += 1;
    say(storyText(counterexample.story, counterexample.violation));
  }
  for (const name of PROTECTION_NAMES) {
    const { counterexample } = explore({ size: sizeWithout(name), protections: without(name) });
    const how = counterexample
      ? `${counterexample.violation}, after ${counterexample.story.length} steps`
      : 'nothing breaks';
    say(`without ${name.padEnd(20)}${how}`);
  }
  return broken === 0 ? 0 : 1;
}

function tell(missing: Protection, asJson: boolean): number {
  const { counterexample } = explore({ size: sizeWithout(missing), protections: without(missing) });
  if (!counterexample) say('nothing breaks');
  else if (asJson) say(JSON.stringify(counterexample.story, undefined, 1));
  else say(storyText(counterexample.story, counterexample.violation));
  return 0;
}

function replay(file: string, missing: Protection | undefined): number {
  const story = parseStory(readFileSync(file, 'utf8'));
  const size = missing === undefined ? FULL_SIZE : sizeWithout(missing);
  const protections = missing === undefined ? ALL_PROTECTIONS : without(missing);
  const result = replayStory(story, { size, protections });
  switch (result.kind) {
    case 'held':
      say(storyText(story));
      say('     → every promise holds');
      return 0;
    case 'violation':
      say(storyText(story.slice(0, result.at), result.violation));
      return 1;
    case 'impossible':
      say(storyText(story.slice(0, result.at)));
      say(`     → step ${result.at} is not possible; possible are:`);
      for (const action of result.possible) say(`       ${JSON.stringify(action)}`);
      return 1;
  }
}
