// Sessions as bytes, so that they outlive a process: what network-handover.ts writes before a restart and reads after it.
import { MAX_TOKENS } from './control.js';
import { Session, TOKEN_BYTES } from './session.js';
import { kernel, u8 } from './wasm/memory.js';

/** "BWS1" */
const MAGIC = 0x31535742;
/** Magic, bytes in all, CRC-32 of what follows. */
const HEAD_BYTES = 12;
/** Id, window, sent, received, port, tokens, kept packets; then ip, tokens and packets. */
const ENTRY_BYTES = 24;

/** A session with what its socket needs to go on under its old id. */
export interface SessionImage {
  id: number;
  ip: string;
  address: string;
  port: number;
  protocol: string;
  session: Session;
}

function texts(image: SessionImage): Uint8Array[] {
  const encoder = new TextEncoder();
  return [image.ip, image.address, image.protocol].map((text) => encoder.encode(text));
}

/** Bytes that {@link write_sessions} writes. */
export function sessions_size(images: readonly SessionImage[]): number {
  let size = HEAD_BYTES + 4;
  for (const image of images) {
    const { session } = image;
    size += ENTRY_BYTES + session.tokens.length * TOKEN_BYTES;
    for (const text of texts(image)) size += 2 + text.length;
    size += session.kept * 4 + session.kept_bytes;
  }
  return size;
}

/** Writes the sessions at an address, where {@link sessions_size} bytes are free. Little endian, like everything else. */
export function write_sessions(at: number, images: readonly SessionImage[]): void {
  const size = sessions_size(images);
  const bytes = u8.subarray(at, at + size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  let to = HEAD_BYTES;
  const u32 = (value: number): void => {
    view.setUint32(to, value, true);
    to += 4;
  };
  const put = (part: Uint8Array): void => {
    bytes.set(part, to);
    to += part.length;
  };
  u32(images.length);
  for (const image of images) {
    const { session } = image;
    u32(image.id);
    u32(session.window_ms);
    u32(session.sent);
    u32(session.received);
    view.setUint16(to, image.port, true);
    view.setUint16(to + 2, session.tokens.length, true);
    to += 4;
    u32(session.kept);
    for (const text of texts(image)) {
      view.setUint16(to, text.length, true);
      to += 2;
      put(text);
    }
    for (const token of session.tokens) put(token);
    for (const { bytes: kept, start, end } of session.unacknowledged()) {
      u32(end - start);
      put(kept.subarray(start, end));
    }
  }
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, size, true);
  view.setUint32(8, kernel.crc32(at + HEAD_BYTES, size - HEAD_BYTES, 0) >>> 0, true);
}

/** What {@link read_sessions} found. */
export interface SessionsRead {
  images: SessionImage[];
  /** Bytes read. */
  size: number;
}

/** Reads what lies from an address on, `available` bytes at most. A string says what is wrong with it. */
export function read_sessions(at: number, available: number): SessionsRead | string {
  if (available < HEAD_BYTES + 4) return `it needs 16 bytes at least, there are ${available}`;
  // A copy: what the sessions keep must not move with linear memory.
  const head = new DataView(u8.buffer, at, HEAD_BYTES);
  if (head.getUint32(0, true) !== MAGIC) return 'it does not begin with "BWS1"';
  const size = head.getUint32(4, true);
  if (size < HEAD_BYTES + 4 || size > available) {
    return `it says that it has ${size} bytes, there are ${available}`;
  }
  if (kernel.crc32(at + HEAD_BYTES, size - HEAD_BYTES, 0) >>> 0 !== head.getUint32(8, true)) {
    return 'its checksum is wrong';
  }
  const bytes = u8.slice(at, at + size);
  try {
    const images = parse(bytes);
    return { images, size };
  } catch (error) {
    // DataView's own check of bounds: bytes with a right checksum that nobody here has written.
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}

function parse(bytes: Uint8Array<ArrayBuffer>): SessionImage[] {
  const view = new DataView(bytes.buffer);
  const decoder = new TextDecoder();
  const images: SessionImage[] = [];
  let from = HEAD_BYTES;
  const take = (n: number): number => {
    if (n > bytes.length - from) throw new RangeError('it ends too early');
    from += n;
    return from - n;
  };
  const u32 = (): number => view.getUint32(take(4), true);
  const u16 = (): number => view.getUint16(take(2), true);
  const text = (): string => {
    const n = u16();
    const start = take(n);
    return decoder.decode(bytes.subarray(start, start + n));
  };
  for (let left = u32(); left > 0; left--) {
    const id = u32();
    const session = new Session();
    session.window_ms = u32();
    const sent = u32();
    session.received = u32();
    const port = u16();
    const tokens = u16();
    const kept = u32();
    if (tokens === 0 || tokens > MAX_TOKENS) throw new RangeError(`a session has ${tokens} tokens`);
    const [ip, address, protocol] = [text(), text(), text()];
    for (let i = 0; i < tokens; i++) {
      const start = take(TOKEN_BYTES);
      session.tokens.push(bytes.slice(start, start + TOKEN_BYTES));
    }
    for (let i = 0; i < kept; i++) {
      const n = u32();
      const start = take(n);
      session.keep(bytes, start, start + n);
    }
    session.sent = sent;
    images.push({ id, ip, address, port, protocol, session });
  }
  if (from !== bytes.length) throw new RangeError(`${bytes.length - from} bytes too many`);
  return images;
}
