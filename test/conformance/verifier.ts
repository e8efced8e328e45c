// A strict peer written from STANDARD.md alone, over bare `ws`: it knows nothing of bytewire's code and accepts no byte too many.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What stands in a stream: a packet, or a control frame by kind. */
export type Item = { packet: Buffer } | { kind: number; payload: Buffer };

const PACKET = 0xdeadc0de;
const CONTROL = 0xc0deb17e;

export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value >>> 0, i * 4);
  });
  return bytes;
}

export const packet = (payload: string) =>
  Buffer.concat([words(PACKET, 12, Buffer.byteLength(payload)), Buffer.from(payload)]);

export function control(kind: number, payload: Buffer): Buffer {
  if (payload.length > 128) throw new Error('a control frame has at most 128 bytes');
  return Buffer.concat([words(CONTROL, kind, payload.length), payload]);
}

/** Section 2. */
export const STEP_1 = Buffer.from('GM:Studio-Connect\0', 'latin1');
export const STEP_3 = words(0xdeafbead, 0xf00dbeeb, 12);
export const step_2 = (game_id: Buffer) =>
  Buffer.concat([words(0xcafebabe, 0xdeadb00b, 16), game_id]);

/** Section 4: the game id of a client that speaks control frames. */
export const game_id = (flags: number) => Buffer.from([0x42, 0x57, 0x31, 0x80 | flags]);

/** Bytes of one connection as a stream, with the messages that they came in. */
export class Stream {
  readonly messages: Buffer[] = [];
  readonly closed: Promise<number>;
  #bytes = Buffer.alloc(0);
  #wake: (() => void)[] = [];

  constructor(readonly ws: WebSocket) {
    ws.on('error', () => {});
    ws.on('message', (data: Buffer, binary: boolean) => {
      if (!binary) throw new Error('a text message on a framed connection');
      this.messages.push(data);
      this.#bytes = Buffer.concat([this.#bytes, data]);
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.closed = new Promise((done) => ws.on('close', done));
  }

  /** Exactly that many bytes. */
  async take(n: number): Promise<Buffer> {
    while (this.#bytes.length < n) await new Promise<void>((done) => this.#wake.push(done));
    const taken = this.#bytes.subarray(0, n);
    this.#bytes = this.#bytes.subarray(n);
    return taken;
  }

  /** Exactly these bytes. */
  async expect(bytes: Buffer): Promise<void> {
    const got = await this.take(bytes.length);
    if (!got.equals(bytes)) {
      throw new Error(`expected ${bytes.toString('hex')}, got ${got.toString('hex')}`);
    }
  }

  /** The next packet or control frame. */
  async item(): Promise<Item> {
    const head = await this.take(12);
    const [magic, second, size] = [0, 4, 8].map((at) => head.readUInt32LE(at));
    if (magic === PACKET && second === 12) return { packet: await this.take(size) };
    if (magic === CONTROL && size <= 128) return { kind: second, payload: await this.take(size) };
    throw new Error(`not a header: ${head.toString('hex')}`);
  }

  /** The next control frame of that kind; PING and ACK, which come when they like, are passed over. */
  async control(kind: number): Promise<Buffer> {
    for (;;) {
      const item = await this.item();
      if ('packet' in item) throw new Error(`a packet in place of control frame ${kind}`);
      if (item.kind === kind) return item.payload;
      if (item.kind !== 2 && item.kind !== 4) throw new Error(`control frame ${item.kind}`);
    }
  }

  /** The next packet; PING and ACK are passed over. */
  async packet(): Promise<string> {
    for (;;) {
      const item = await this.item();
      if ('packet' in item) return item.packet.toString();
      if (item.kind !== 2 && item.kind !== 4) throw new Error(`control frame ${item.kind}`);
    }
  }
}

/** A client by the standard: connected, step 1 checked, step 2 sent, step 3 checked. */
export async function join(
  port: number,
  id: Buffer,
  behind: Buffer = Buffer.alloc(0),
): Promise<Stream> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const stream = new Stream(ws);
  await once(ws, 'open');
  await stream.expect(STEP_1);
  ws.send(Buffer.concat([step_2(id), behind]));
  await stream.expect(STEP_3);
  return stream;
}

/** A server by the standard, which gives each connection to `talk`. */
export async function serve(
  talk: (stream: Stream) => Promise<void>,
): Promise<{ port: number; stop(): void; failures: unknown[] }> {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const failures: unknown[] = [];
  wss.on('connection', (ws) => {
    talk(new Stream(ws)).catch((error) => failures.push(error));
  });
  await once(wss, 'listening');
  return {
    port: (wss.address() as AddressInfo).port,
    failures,
    stop() {
      for (const ws of wss.clients) ws.terminate();
      wss.close();
    },
  };
}

export const token = () => randomBytes(16);
