import type { Receipt } from '../demo-receiver.js';
import { CUSTOM_HEADER, NARROW_TYPES } from '../registration.js';
import { verdict, type Step } from './step.js';

export const account: Step<'promises' | 'subscribed' | 'deadLetters'> = {
  title: 'The account',
  expectations: {
    promises: 'Every signature was right; nothing came twice, out of order, or two at a time',
    subscribed: 'Each integration got its own organization, its own types, its own headers only',
    deadLetters: 'No record became a dead letter',
  },
  async run({ receiver, registration, operator, output, signal }) {
    const { narrow } = registration;
    // Where an organization is known, the service is expected to be the only one that sends.
    const all = receiver.receipts.filter(({ endpoint }) => endpoint.organizationId !== undefined);
    const findings = all.flatMap((receipt) => receipt.findings);
    const foreign = all.filter(
      (receipt) =>
        receipt.headers[CUSTOM_HEADER] !== receipt.endpoint.name ||
        (receipt.endpoint.path === narrow.path && !isNarrow(receipt)),
    );
    const letters = await operator.deadLetters(signal);
    const refused = all.filter(({ status }) => status !== 200).length;
    output.note(`${all.length} signed requests, ${refused} of them turned down on purpose`);
    return {
      promises: verdict(findings.length === 0, findings.join('; ')),
      subscribed: verdict(foreign.length === 0, `${foreign.length} did not belong there`),
      deadLetters: verdict(letters.length === 0, letters.map(({ reason }) => reason).join(', ')),
    };
  },
};

/** The organization is compared by the receiver, for every delivery. */
function isNarrow({ envelope }: Receipt): boolean {
  const types: readonly string[] = NARROW_TYPES;
  return types.includes(envelope?.type ?? '');
}
