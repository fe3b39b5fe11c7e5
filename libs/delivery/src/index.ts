export { AddressGuard, type AddressRules } from './address.guard.js';
export {
  clientCertificateDetails,
  type ClientCertificateDetails,
  type ClientIdentity,
} from './client-identity.js';
export { customHeaderFaults, type HeaderFault } from './custom-headers.js';
export {
  AddressRefusedError,
  EgressProxyError,
  EmptySecretError,
  InvalidClientCertificateError,
  InvalidNetworkError,
  OriginBusyError,
  SenderClosedError,
} from './delivery.errors.js';
export {
  FAILURE_CODES,
  type DeliveredOutcome,
  type DeliveryOutcome,
  type FailedOutcome,
  type FailureCode,
} from './delivery-outcome.js';
export { judgeEndpoint, originOf, type EndpointRules, type EndpointVerdict } from './endpoint.js';
export { parsedUrl } from './parsed-url.js';
export { SIGNATURE_HEADER, signingKey, signPayload } from './payload.signer.js';
export { WebhookSender, type WebhookRequest, type WebhookSenderOptions } from './webhook.sender.js';
export type { StandardSigning } from './standard-signature.js';
