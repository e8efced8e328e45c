// Packets of a UDP connection: numbered datagrams out and in, signs of life, and what is counted of them.
import { clock } from './clock.js';
import type { Socket } from './sockets.js';
import { DatagramReceiver, DatagramSender } from './transport/datagram.js';
import { FRAGMENT_HEADER_BYTES, WHOLE_HEADER_BYTES } from './transport/datagram-format.js';
import type { DatagramStats } from './transport/datagram-stats.js';
import type { Link } from './transport/types.js';
import { u8 } from './wasm/memory.js';

/** Longest datagram: what every implementation of data channels takes, and small enough to lie between others. */
export const MAX_DATAGRAM_BYTES = 16_384;
/** Longest packet, in parts. */
export const MAX_UDP_PACKET_BYTES = 262_144;
/** Above this a typed array's own copy is faster than a loop. */
const LOOP_BYTES = 64;

/** Outgoing datagrams of all sockets, one after another: links of this kind copy what they are given. */
const scratch = /* @__PURE__ */ new Uint8Array(MAX_DATAGRAM_BYTES);

export class Datagrams {
  readonly #sender = new DatagramSender();
  readonly #receiver = new DatagramReceiver({ max_packet_bytes: MAX_UDP_PACKET_BYTES });
  readonly #settled: Record<string, number> = {};

  /** Sends `size` bytes from address `from` as one packet. */
  send(link: Link, from: number, size: number, latest: boolean): void {
    const now_ms = clock.now();
    if (WHOLE_HEADER_BYTES + size > MAX_DATAGRAM_BYTES) {
      const packet = new Uint8Array(u8.buffer, from, size);
      this.#sender.pack(packet, MAX_DATAGRAM_BYTES, latest, now_ms, (datagram) =>
        send_bytes(link, datagram),
      );
      return;
    }
    this.#sender.head(scratch, 0, latest, now_ms);
    if (size > LOOP_BYTES) scratch.set(new Uint8Array(u8.buffer, from, size), WHOLE_HEADER_BYTES);
    else for (let i = 0; i < size; i++) scratch[WHOLE_HEADER_BYTES + i] = u8[from + i];
    send_bytes(link, scratch.subarray(0, WHOLE_HEADER_BYTES + size));
  }

  received(datagram: Uint8Array, deliver: (packet: Uint8Array) => void): void {
    this.#receiver.accept(datagram, clock.now(), deliver);
  }

  get stats(): DatagramStats {
    return this.#receiver.stats;
  }

  /** Asked at every beat: lets go of packets whose parts do not come any more, and counts. */
  beat(socket: Socket, now_ms: number): void {
    this.#receiver.expire(now_ms);
    this.settle(socket);
  }

  /** Adds to the socket's counters what was dropped since the last time. */
  settle(socket: Socket): void {
    for (const [reason, n] of Object.entries(this.#receiver.stats.drops)) {
      const before = this.#settled[reason] ?? 0;
      if (n > before) socket.count_drop(reason, n - before);
      this.#settled[reason] = n;
    }
  }
}

/** Bytes of headers at most, for a packet of this size on its way out. */
export function header_bytes(size: number): number {
  if (WHOLE_HEADER_BYTES + size <= MAX_DATAGRAM_BYTES) return WHOLE_HEADER_BYTES;
  return Math.ceil(size / (MAX_DATAGRAM_BYTES - FRAGMENT_HEADER_BYTES)) * FRAGMENT_HEADER_BYTES;
}

/** Bytes that the caller will use again at once. */
function send_bytes(link: Link, bytes: Uint8Array): void {
  link.send_bytes?.(bytes);
}

/** A message without a header, from address `from`. */
export function send_raw_datagram(link: Link, from: number, size: number): void {
  send_bytes(link, new Uint8Array(u8.buffer, from, size));
}

// Signs of life travel as text messages, which packets never are (STANDARD.md, 8).

export function ping_text(now_ms: number): string {
  return `ping ${now_ms}`;
}

/** What a text asks for or tells: a ping is answered, a pong gives its times. */
export function read_ping(text: string): { sent_ms: number; peer_ms?: number } | undefined {
  if (text.length > 80) return undefined;
  const [word, sent, peer, more] = text.split(' ');
  const sent_ms = Number(sent);
  if (!Number.isFinite(sent_ms) || sent === undefined || sent === '' || more !== undefined)
    return undefined;
  if (word === 'ping' && peer === undefined) return { sent_ms };
  const peer_ms = Number(peer);
  if (word !== 'pong' || !peer || !Number.isFinite(peer_ms)) return undefined;
  return { sent_ms, peer_ms };
}
