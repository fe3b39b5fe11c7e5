export { DeafReceiver } from './deaf-receiver.js';
export { Gate } from './gate.js';
export { readEnvelope, type ReadEnvelope } from './read-envelope.js';
export { RawReceiver, type RawBehaviour, type RawReceiverOptions } from './raw-receiver.js';
export { findOverlaps, type ReceivedRequest } from './received-request.js';
export type { AnswerBehaviour, ReceiverBehaviour } from './receiver-behaviour.js';
export {
  selfSigned,
  TestAuthority,
  type CertificateRequest,
  type TestCertificate,
} from './test-authority.js';
export {
  ATTACK_NAMES,
  HARMLESS_ATTACKS,
  HostileReceiver,
  type AttackName,
} from './hostile-receiver.js';
export { TestReceiver, type TestReceiverOptions, type WaitOptions } from './test-receiver.js';
export { verifySignature, type SignedBody } from './verify-signature.js';
