// Packets of a UDP connection: numbered datagrams out and in, probes of the peer, and what is measured of them.
import { clock } from './clock.js';
import type { Socket } from './sockets.js';
import { DatagramReceiver, DatagramSender } from './transport/datagram.js';
import {
  datagram_probe,
  FRAGMENT_HEADER_BYTES,
  WHOLE_HEADER_BYTES,
} from './transport/datagram-format.js';
import { answer, probe, read_probe } from './transport/datagram-probe.js';
import { type DatagramStats, LossMeter } from './transport/datagram-stats.js';
import type { Link } from './transport/types.js';
import { u8 } from './wasm/memory.js';

/** Longest datagram: what every implementation of data channels takes, and small enough to lie between others. */
export const MAX_DATAGRAM_BYTES = 16_384;
/** Longest packet, in parts. */
export const MAX_UDP_PACKET_BYTES = 262_144;
/** Where more than this waits no probe is answered: the answer would tell of the queue. */
const ANSWER_QUEUE_BYTES = 64 * 1024;
/** Above this a typed array's own copy is faster than a loop. */
const LOOP_BYTES = 64;

/** Outgoing datagrams of all sockets, one after another: links of this kind copy what they are given. */
const scratch = /* @__PURE__ */ new Uint8Array(MAX_DATAGRAM_BYTES);

export class Datagrams {
  readonly #sender = new DatagramSender();
  readonly #receiver = new DatagramReceiver({ max_packet_bytes: MAX_UDP_PACKET_BYTES });
  readonly #out = new LossMeter();
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

  /** The same for bytes outside of linear memory. */
  send_bytes(link: Link, bytes: Uint8Array<ArrayBuffer>, latest: boolean): void {
    this.#sender.pack(bytes, MAX_DATAGRAM_BYTES, latest, clock.now(), (datagram) =>
      send_bytes(link, datagram),
    );
  }

  /** What has come: a packet goes to `deliver`, a probe is answered, an answer goes to the socket's heartbeat. */
  received(
    socket: Socket,
    link: Link,
    datagram: Uint8Array,
    deliver: (packet: Uint8Array) => void,
  ): void {
    const now_ms = clock.now();
    const told = datagram[0] < datagram_probe ? undefined : read_probe(datagram);
    if (told === undefined) this.#receiver.accept(datagram, now_ms, deliver);
    else if (told.kind === datagram_probe) {
      if (!link.open || link.buffered > ANSWER_QUEUE_BYTES) socket.count_drop('probe');
      else send_bytes(link, answer(told, clock.wall(), this.#receiver.stats));
    } else {
      socket.heartbeat?.answered(told.sent_ms, clock.wall(), told.peer_ms);
      this.#out.update(told.expected, told.lost, now_ms);
    }
  }

  /** Asks the peer for a sign of life, and for what it has got of what was sent. */
  probe(link: Link): void {
    if (link.open) send_bytes(link, probe(clock.wall()));
  }

  /** What has come in. */
  get stats(): DatagramStats {
    return this.#receiver.stats;
  }

  /** Share of what was sent lately that the peer has lost. */
  get loss_out(): number {
    return this.#out.loss;
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
