// Datagrams that ask how far away the peer is and how much of what was sent got there (STANDARD.md, 8). Bytes only.
import { datagram_answer, datagram_probe } from './datagram-format.js';

const PROBE_BYTES = 12;
const ANSWER_BYTES = 28;

/** The peer wants an answer. */
export interface Probe {
  kind: typeof datagram_probe;
  /** The peer's time, to be sent back as it is. */
  sent_ms: number;
}

/** The peer's answer. */
export interface Answer {
  kind: typeof datagram_answer;
  /** Our own time in the probe: any number, if the peer likes. */
  sent_ms: number;
  /** The peer's time when it answered: any number. */
  peer_ms: number;
  /** Packets that the peer has expected and lost of what was sent to it, modulo 2^32: for a LossMeter. */
  expected: number;
  lost: number;
}

function datagram(kind: number, size: number): [Uint8Array<ArrayBuffer>, DataView<ArrayBuffer>] {
  const bytes = new Uint8Array(size);
  bytes[0] = kind;
  return [bytes, new DataView(bytes.buffer)];
}

/** Asks the peer; `wall_ms` comes back in the answer. */
export function probe(wall_ms: number): Uint8Array<ArrayBuffer> {
  const [bytes, view] = datagram(datagram_probe, PROBE_BYTES);
  view.setFloat64(4, wall_ms, true);
  return bytes;
}

/** Answers `probe`; `wall_ms` is this side's time, the counters are those of its DatagramReceiver. */
export function answer(
  { sent_ms }: Probe,
  wall_ms: number,
  { expected, lost }: { expected: number; lost: number },
): Uint8Array<ArrayBuffer> {
  const [bytes, view] = datagram(datagram_answer, ANSWER_BYTES);
  view.setFloat64(4, sent_ms, true);
  view.setFloat64(12, wall_ms, true);
  view.setUint32(20, expected, true);
  view.setUint32(24, lost, true);
  return bytes;
}

/** A probe or an answer; undefined: the datagram is neither, and a DatagramReceiver's to judge. */
export function read_probe(datagram: Uint8Array): Probe | Answer | undefined {
  const kind = datagram[0];
  if (kind !== datagram_probe && kind !== datagram_answer) return undefined;
  if (datagram.length < (kind === datagram_probe ? PROBE_BYTES : ANSWER_BYTES)) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const sent_ms = view.getFloat64(4, true);
  if (kind === datagram_probe) return { kind, sent_ms };
  return {
    kind,
    sent_ms,
    peer_ms: view.getFloat64(12, true),
    expected: view.getUint32(20, true),
    lost: view.getUint32(24, true),
  };
}
