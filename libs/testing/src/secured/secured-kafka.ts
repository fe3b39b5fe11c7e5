import { startEmbeddedKafka } from '../infrastructure/embedded-kafka.js';
import { freePort } from '../infrastructure/free-port.js';
import type { KafkaServer } from '../infrastructure/local-server.interface.js';
import type { TestCertificate } from '../receiver/test-authority.js';

/** The mechanisms as the service's configuration calls them. */
export type TestSaslMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

export interface SecuredKafkaOptions {
  /** Good for 127.0.0.1. */
  readonly certificate: TestCertificate;
  readonly username: string;
  /** One for each mechanism, so that none can pass with what another one knows. Letters and `-`. */
  readonly passwords: Readonly<Record<TestSaslMechanism, string>>;
  /** More of the broker's configuration, such as an authorizer. */
  readonly broker?: Readonly<Record<string, string>>;
}

export interface SecuredKafka extends KafkaServer {
  /** Only for who speaks TLS and authenticates; `brokers` stay open to the test itself. */
  readonly securedBrokers: readonly string[];
}

const MODULES = 'org.apache.kafka.common.security';

/** A broker with a listener of SASL over TLS that knows one user by three mechanisms. */
export async function startSecuredKafka(options: SecuredKafkaOptions): Promise<SecuredKafka> {
  const { username, passwords } = options;
  const port = await freePort();
  const scram = (['scram-sha-256', 'scram-sha-512'] as const).flatMap((mechanism) => [
    '--add-scram',
    `${mechanism.toUpperCase()}=[name=${username},password=${passwords[mechanism]}]`,
  ]);
  const server = await startEmbeddedKafka({
    secured: { port, properties: properties(options), formatOptions: scram },
  });
  return Object.assign(server, { securedBrokers: [`127.0.0.1:${port}`] });
}

/** Key and certificate stand in the file itself: no keystore, and no program that would make one. */
function properties(options: SecuredKafkaOptions): Record<string, string> {
  const { certificate, username, passwords } = options;
  const listener = 'listener.name.secured.';
  const plain = `${MODULES}.plain.PlainLoginModule required user_${username}="${passwords.plain}";`;
  const scram = `${MODULES}.scram.ScramLoginModule required;`;
  return {
    ...options.broker,
    [`${listener}ssl.keystore.type`]: 'PEM',
    [`${listener}ssl.keystore.key`]: certificate.key,
    [`${listener}ssl.keystore.certificate.chain`]: certificate.cert,
    [`${listener}sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    [`${listener}plain.sasl.jaas.config`]: plain,
    [`${listener}scram-sha-256.sasl.jaas.config`]: scram,
    [`${listener}scram-sha-512.sasl.jaas.config`]: scram,
  };
}
