import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { AddressRefusedError } from './delivery.errors.js';

/** Why an address that a name led to may not be called; null where it may. */
export type AddressRefusal = (host: string, address: string) => Error | null;

/** A lookup that fails where any of the addresses may not be called. */
export function guardedLookup(lookup: LookupFunction, refusal: AddressRefusal): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = found as LookupAddress[];
      const [first] = addresses;
      if (first === undefined) return callback(noAddress(host), []);
      const faults = addresses
        .map(({ address }) => refusal(host, address))
        .filter((fault) => fault !== null);
      // An address that is never called says more than a port that is not.
      const refused = faults.find((fault) => fault instanceof AddressRefusedError) ?? faults[0];
      if (refused !== undefined) return callback(refused, []);
      return options.all === true
        ? callback(null, addresses)
        : callback(null, first.address, first.family);
    });
}

/** All addresses behind a host; those of a literal are itself. */
export function checkedAddresses(guarded: LookupFunction, host: string): Promise<string[]> {
  if (isIP(host) !== 0) return Promise.resolve([host]);
  return new Promise((resolve, reject) =>
    guarded(host, { all: true }, (error, found) => {
      if (error !== null) reject(error);
      else resolve((found as LookupAddress[]).map(({ address }) => address));
    }),
  );
}

function noAddress(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
}
