import { DemoReceiver } from './demo-receiver.js';
import type { Endpoint } from './endpoint.js';
import { showReceipt } from './delivery-line.js';
import { Output } from './output.js';
import { processEnvironment } from './process-environment.js';
import { standaloneSettings } from './standalone-settings.js';

/**
 * The receiver by itself: prints and checks what is delivered to it until it is ended. A publisher
 * tells it with `PUT /endpoint` which secrets it is to check with, so nobody has to copy any.
 * Whoever reaches it can do that: it is for a network of its own, not for the world.
 */
async function main(): Promise<void> {
  const environment = processEnvironment();
  const { receiverPort, clientSecret } = standaloneSettings(environment);
  const output = new Output(process.stdout, environment);
  const receiver = new DemoReceiver({
    onReceipt: (receipt) => showReceipt(output, receipt),
    onEndpoint: (endpoint) => opened(output, endpoint),
    keepsReceipts: false,
  });
  if (clientSecret) receiver.open({ name: 'receiver', path: '/', clientSecret });
  const port = await receiver.listen(receiverPort);
  output.line(`The receiver listens on port ${port}.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void receiver.close());
  }
}

function opened(output: Output, { name, path }: Endpoint): void {
  output.line(`Deliveries for ${name} are expected at ${path}.`);
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
