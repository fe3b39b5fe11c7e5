import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { HostsFile } from './hosts-file.js';
import { SystemLookup, type AskSystem } from './system-lookup.js';

export interface NameResolverOptions {
  /** How long a look-up by the system is waited for, in ms. */
  readonly giveUpMs: number;
  /** `address:port` of name servers; those of the machine when not given. */
  readonly servers?: readonly string[];
  /** How long the first of two tries waits for a name server, in ms; 1,500 when not given. */
  readonly queryTimeoutMs?: number;
  /** What is asked for names that the name servers do not know; `getaddrinfo` when not given. */
  readonly askSystem?: AskSystem;
  /** Names that the system is asked for first; those of /etc/hosts when not given. */
  readonly hosts?: HostsFile;
}

const KEEP_MS = 30_000;
const KEEP_NOT_FOUND_MS = 5_000;
/** Beyond this the oldest answer makes room: bounds memory, not function. */
const MAX_ENTRIES = 10_000;
/** A process that runs for months must notice when the machine gets other name servers. */
const SERVERS_MS = 60_000;

/** Names of this machine or its link, which no name server knows (RFC 6761, RFC 6762). */
const OF_THE_SYSTEM = /^[^.]*$|(^|\.)(localhost|local)$/;

const NOT_FOUND: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA']);
/** Without a name server /etc/hosts is all there is; nothing is waited for. */
const ASK_SYSTEM: ReadonlySet<string | undefined> = new Set([...NOT_FOUND, 'ECONNREFUSED']);

interface Entry {
  readonly answer: Promise<LookupAddress[]>;
  /** Time of `performance.now()`; Infinity while the answer is awaited. */
  expiresAt: number;
}

/**
 * Turns host names into addresses so that a name server which never answers delays nobody else.
 *
 * Names with a dot are asked of the name servers over sockets (c-ares), any number at a time. The
 * system's resolver is asked for the other names, for those of /etc/hosts, and for names that the
 * servers do not know; not after a timeout, because it would wait on the same servers in a thread.
 * Concurrent callers of a name share one question.
 */
export class NameResolver {
  readonly #options: NameResolverOptions;
  readonly #system: SystemLookup;
  readonly #hosts: HostsFile;
  readonly #entries = new Map<string, Entry>();
  #resolver: Resolver | undefined;
  #renewAt = 0;

  constructor(options: NameResolverOptions) {
    this.#options = options;
    this.#hosts = options.hosts ?? new HostsFile();
    this.#system = new SystemLookup({
      giveUpMs: options.giveUpMs,
      ...(options.askSystem === undefined ? {} : { ask: options.askSystem }),
    });
  }

  /** In the form that Node's sockets take; gives all addresses, whatever the options ask for. */
  readonly lookup: LookupFunction = (host, _options, callback) => {
    this.resolve(host).then(
      (addresses) => callback(null, addresses),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  /** IPv4 first. Rejects with the `code` of Node's resolvers, such as `ENOTFOUND` or `ETIMEOUT`. */
  resolve(host: string): Promise<LookupAddress[]> {
    const name = host.toLowerCase();
    const kept = this.#entries.get(name);
    if (kept !== undefined && kept.expiresAt > performance.now()) return kept.answer;
    const entry: Entry = { answer: this.#ask(name), expiresAt: Infinity };
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const keep = (milliseconds: number): void => {
      entry.expiresAt = performance.now() + milliseconds;
    };
    entry.answer.then(
      () => keep(KEEP_MS),
      (error: NodeJS.ErrnoException) => keep(NOT_FOUND.has(error.code) ? KEEP_NOT_FOUND_MS : 0),
    );
    this.#dropOldest();
    return entry.answer;
  }

  async #ask(name: string): Promise<LookupAddress[]> {
    const plain = name.replace(/\.$/, '');
    if (OF_THE_SYSTEM.test(plain) || (await this.#hosts.has(plain)))
      return this.#system.resolve(name);
    const resolver = this.#nameServers();
    const [ipv4, ipv6] = await Promise.allSettled([
      resolver.resolve4(name),
      resolver.resolve6(name),
    ]);
    const addresses = [...addressesOf(ipv4, 4), ...addressesOf(ipv6, 6)];
    if (addresses.length > 0) return addresses;
    for (const family of [ipv4, ipv6]) {
      if (family.status !== 'rejected') continue;
      const error = family.reason as NodeJS.ErrnoException;
      if (!ASK_SYSTEM.has(error.code)) throw error;
    }
    return this.#system.resolve(name);
  }

  #nameServers(): Resolver {
    const now = performance.now();
    if (this.#resolver !== undefined && now < this.#renewAt) return this.#resolver;
    const { queryTimeoutMs = 1500, servers } = this.#options;
    this.#resolver = new Resolver({ timeout: queryTimeoutMs, tries: 2 });
    if (servers !== undefined) this.#resolver.setServers(servers);
    this.#renewAt = now + SERVERS_MS;
    return this.#resolver;
  }

  #dropOldest(): void {
    if (this.#entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function addressesOf(answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  if (answer.status === 'rejected') return [];
  return answer.value.map((address) => ({ address, family }));
}
