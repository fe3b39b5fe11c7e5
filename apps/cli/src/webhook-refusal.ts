import { AddressGuard, customHeaderFaults, judgeEndpoint } from '@app/delivery';
import type { ReachableConfiguration } from '@app/platform';
import { WebhookRefusedError } from './cli.errors.js';

/**
 * What the sender would refuse is refused when a webhook is created, all of it at once.
 *
 * Throws {@link WebhookRefusedError}.
 */
export function assertDeliverable(
  endPoint: string,
  headers: Readonly<Record<string, string>>,
  reachable: ReachableConfiguration,
): void {
  const faults = [
    ...endpointFaults(endPoint, reachable),
    ...customHeaderFaults(headers).map(({ header, reason }) =>
      header === '' ? reason : `header ${header}: ${reason}`,
    ),
  ];
  if (faults.length > 0) throw new WebhookRefusedError(faults);
}

function endpointFaults(endPoint: string, reachable: ReachableConfiguration): string[] {
  const { allowHttp, allowedPorts } = reachable;
  const guard = new AddressGuard(reachable);
  const verdict = judgeEndpoint(endPoint, { allowHttp, allowedPorts, guard });
  if (verdict.ok) return [];
  return [`${lowerFirst(verdict.reason)}${adviceFor(verdict, endPoint, allowHttp)}`];
}

function adviceFor(
  { code, reason }: { readonly code: string; readonly reason: string },
  endPoint: string,
  allowHttp: boolean,
): string {
  if (code === 'address_refused') {
    return ' (DELIVERY_ALLOWED_NETWORKS and DELIVERY_ALLOWED_HOSTS list what may be called all the same)';
  }
  if (/ port \d+, which may not be called$/.test(reason)) {
    return ' (DELIVERY_ALLOWED_PORTS lists ports that may be called besides)';
  }
  return !allowHttp && /^http:/i.test(endPoint) ? ' (DELIVERY_ALLOW_HTTP=true allows http)' : '';
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
