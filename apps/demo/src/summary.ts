import type { Output } from './output.js';
import type { Expectation } from './scenario/scenario.js';

/** A demonstration that expected nothing has shown nothing. */
export function allHeld(expectations: readonly Expectation[]): boolean {
  return expectations.length > 0 && expectations.every(({ verdict }) => verdict === true);
}

/** The table at the end: expectation → held or not, with what was there instead. */
export function showSummary(output: Output, expectations: readonly Expectation[]): void {
  output.heading('Summary');
  const width = Math.max(...expectations.map(({ sentence }) => sentence.length));
  for (const { sentence, verdict } of expectations) {
    const words = sentence.padEnd(width);
    if (verdict === true) output.note(`${words}  ${output.paint('green', 'held')}`);
    else if (verdict === undefined) output.note(`${words}  ${output.paint('red', 'NOT REACHED')}`);
    else output.note(`${words}  ${output.paint('red', `NOT HELD: ${verdict}`)}`);
  }
  const held = expectations.filter(({ verdict }) => verdict === true).length;
  const colour = allHeld(expectations) ? 'green' : 'red';
  output.line(`\n${output.paint(colour, `${held} of ${expectations.length} expectations held.`)}`);
}
