import { createServer, type AddressInfo, type Socket } from 'node:net';
import { DeliveryLedger } from './delivery-ledger.js';
import type { ReceiverQuestion, ReceiverReport } from './receiver-messages.js';
import { RequestReader } from './request-reader.js';

const ANSWERS = {
  accept: Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
  refuse: Buffer.from('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'),
};

let answer = ANSWERS.accept;
let ledger = new DeliveryLedger();
let delayMs = 0;
let requests = 0;
let cpuBefore = process.cpuUsage();

const server = createServer({ noDelay: true }, (socket: Socket) => {
  const reader = new RequestReader((body, path) => {
    requests += 1;
    // Refused messages come again, so there is no order to check.
    if (answer === ANSWERS.accept) ledger.note(body, path);
    if (delayMs === 0) socket.write(answer);
    else setTimeout(() => socket.write(answer), delayMs);
  });
  socket.on('data', (chunk) => reader.read(chunk));
  socket.on('error', () => socket.destroy());
});

process.on('message', (question: ReceiverQuestion) => {
  if (question.ask === 'listen') return void server.listen(0, '127.0.0.1', report);
  if (question.ask === 'reset') reset(question.behaviour, question.delayMs);
  return report();
});
process.on('disconnect', () => process.exit());

function reset(behaviour: keyof typeof ANSWERS, delay: number): void {
  delayMs = delay;
  answer = ANSWERS[behaviour];
  ledger = new DeliveryLedger();
  requests = 0;
  cpuBefore = process.cpuUsage();
}

function report(): void {
  const { user, system } = process.cpuUsage(cpuBefore);
  const { defects, latencies } = ledger;
  const { port } = server.address() as AddressInfo;
  const answered: ReceiverReport = { port, requests, defects, latencies, cpuMicros: user + system };
  process.send?.(answered);
}
