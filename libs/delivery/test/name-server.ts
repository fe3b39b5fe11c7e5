import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

const HEADER_BYTES = 12;
const TYPE_A = 1;
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** What the name server says of a name: addresses in bytes, a refusal, or not a word. */
export type Zone = { readonly a?: number[][]; readonly aaaa?: number[][] } | 'failing' | 'silent';

/** A name server on this machine: the part of RFC 1035 that a stub resolver needs. */
export class NameServer {
  readonly zones = new Map<string, Zone>();
  readonly asked: string[] = [];
  readonly #socket: Socket = createSocket('udp4');

  async start(): Promise<string> {
    this.#socket.on('message', (query, peer) => {
      const answer = this.#answer(query);
      if (answer !== null) this.#socket.send(answer, peer.port, peer.address);
    });
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return `127.0.0.1:${(this.#socket.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer | null {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const name = labels.join('.');
    this.asked.push(name);
    const zone = this.zones.get(name);
    if (zone === 'silent') return null;
    const records = typeof zone === 'object' ? ((type === TYPE_A ? zone.a : zone.aaaa) ?? []) : [];
    const code = zone === undefined ? NXDOMAIN : zone === 'failing' ? SERVFAIL : 0;
    const head = Buffer.alloc(HEADER_BYTES);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 + code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    const question = query.subarray(HEADER_BYTES, at + 5);
    return Buffer.concat([head, question, ...records.map((bytes) => record(type, bytes))]);
  }
}

/** Of the name in the question (a pointer to byte 12), class IN, time to live 0. */
function record(type: number, bytes: number[]): Buffer {
  return Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
}
