import { certificateFile } from './certificate-file-kind.js';
import { flag } from './kinds.js';
import { hostList, networkList, portList, proxyUrl } from './network-kinds.js';
import { confidential, optional, withDefault } from './variable.js';

/** Where the service may connect to on behalf of its customers, and on which way. */
export const OUTBOUND = {
  DELIVERY_ALLOW_HTTP: withDefault(flag, 'false', 'Allow http:// endpoints.'),
  DELIVERY_ALLOWED_NETWORKS: withDefault(
    networkList,
    '',
    'Networks that may be called although they are not public.',
  ),
  DELIVERY_ALLOWED_HOSTS: withDefault(
    hostList,
    '',
    'Names, such as hooks.internal or *.svc.example, that may lead to private addresses.',
  ),
  DELIVERY_DENIED_NETWORKS: withDefault(
    networkList,
    '',
    'Networks that are never called, such as public ones of your own.',
  ),
  DELIVERY_ALLOWED_PORTS: withDefault(
    portList,
    '',
    'Ports of public addresses that may be called besides 443 (and 80 of http).',
  ),
  DELIVERY_CHALLENGE: withDefault(
    flag,
    'false',
    'Before its first delivery an endpoint has to echo a challenge.',
  ),
  DELIVERY_SSL_CA_FILE: optional(
    certificateFile,
    'Authorities of receivers that are trusted besides the public ones.',
  ),
  DELIVERY_PROXY_URL: confidential(
    optional(
      proxyUrl,
      'HTTP proxy (CONNECT) that all deliveries go through. Default: none; HTTPS_PROXY is not looked at.',
    ),
  ),
  DELIVERY_PROXY_RESOLVES: withDefault(
    flag,
    'false',
    'Names are left to the proxy, which then has to refuse internal addresses.',
  ),
};
