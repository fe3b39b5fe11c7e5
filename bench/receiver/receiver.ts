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
let requests = 0;
let cpuBefore = process.cpuUsage();

const server = createServer({ noDelay: true }, (socket: Socket) => {
  const reader = new RequestReader((body) => {
    requests += 1;
    // Refused messages come again, so there is no order to check.
    if (answer === ANSWERS.accept) ledger.note(body);
    socket.write(answer);
  });
  socket.on('data', (chunk) => reader.read(chunk));
  socket.on('error', () => socket.destroy());
});

process.on('message', (question: ReceiverQuestion) => {
  if (question.ask === 'listen') return void server.listen(0, '127.0.0.1', report);
  if (question.ask === 'reset') reset(question.behaviour);
  return report();
});
process.on('disconnect', () => process.exit());

function reset(behaviour: keyof typeof ANSWERS): void {
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
