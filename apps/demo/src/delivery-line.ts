import type { Receipt } from './demo-receiver.js';
import type { Output } from './output.js';

const OUTCOMES: Readonly<Record<number, string>> = {
  200: 'taken',
  400: 'no envelope',
  401: 'signature wrong',
  503: 'turned down',
};

/** One delivery on one line. */
export function showReceipt(output: Output, receipt: Receipt): void {
  const { endpoint, status, envelope, receivedAt, findings } = receipt;
  const colour = status === 200 ? 'green' : status === 503 ? 'yellow' : 'red';
  const outcome = output.paint(colour, `${status} ${(OUTCOMES[status] ?? '').padEnd(11)}`);
  const time = output.paint('dim', receivedAt.toISOString().slice(11, 23));
  const type = (envelope?.type ?? '').padEnd(49);
  // The end of it: the beginning is the same for messages of the same minutes.
  const message = envelope ? output.paint('dim', `message …${envelope.messageId.slice(-8)}`) : '';
  const number = envelope?.number ? `no. ${envelope.number.number}` : '';
  const line = `${time} ${endpoint.name.padEnd(7)} ${outcome} ${type} ${message} ${number}`;
  output.note(line.trimEnd());
  for (const finding of findings) output.note(output.paint('red', `    ! ${finding}`));
}
