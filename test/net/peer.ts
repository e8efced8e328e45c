// A peer written from STANDARD.md over bare `ws`, without bytewire's code: what others would write.
import { connect, type Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
export const HELLO = Buffer.from('GM:Studio-Connect\0', 'latin1');
export const CLIENT_REPLY = hex('bebafeca 0bb0adde 10000000 00000000');
export const SERVER_REPLY = hex('adbeafde ebbe0df0 0c000000');

/** A packet with its 12-byte header. */
export function packet(payload: Uint8Array | string): Buffer {
  const body = Buffer.from(payload as string);
  const head = hex('dec0adde 0c000000 00000000');
  head.writeUInt32LE(body.length, 8);
  return Buffer.concat([head, body]);
}

/** Collects bytes and lets a test wait for them. */
class Inbox {
  private bytes = Buffer.alloc(0);
  private wake: (() => void)[] = [];
  ended = false;

  add(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    this.notify();
  }

  end(): void {
    this.ended = true;
    this.notify();
  }

  private notify(): void {
    for (const wake of this.wake.splice(0)) wake();
  }

  async take(n: number): Promise<Buffer> {
    while (this.bytes.length < n) {
      if (this.ended) throw new Error(`ended with ${this.bytes.length} of ${n} bytes`);
      await new Promise<void>((done) => this.wake.push(done));
    }
    const taken = this.bytes.subarray(0, n);
    this.bytes = this.bytes.subarray(n);
    return taken;
  }

  async until_end(): Promise<void> {
    while (!this.ended) await new Promise<void>((done) => this.wake.push(done));
  }
}

/** A WebSocket client by hand. */
export class Peer {
  readonly inbox = new Inbox();
  code = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, binary) => {
      this.inbox.add(binary ? (data as Buffer) : Buffer.from(`text:${data}`));
    });
    socket.on('error', () => {});
    socket.on('close', (code) => {
      this.code = code;
      this.inbox.end();
    });
  }

  /** Connected, nothing said yet. */
  static async open(port: number, path = '/'): Promise<Peer> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return peer;
  }

  /** Connected, handshake done as the standard says. */
  static async join(port: number, path = '/'): Promise<Peer> {
    const peer = await Peer.open(port, path);
    const hello = await peer.inbox.take(18);
    if (!hello.equals(HELLO)) throw new Error(`wrong greeting ${hello.toString('hex')}`);
    peer.send(CLIENT_REPLY);
    const reply = await peer.inbox.take(12);
    if (!reply.equals(SERVER_REPLY)) throw new Error(`wrong reply ${reply.toString('hex')}`);
    return peer;
  }

  send(bytes: Uint8Array | string): void {
    this.socket.send(bytes);
  }

  /** The payload of the next packet. */
  async packet(): Promise<Buffer> {
    const head = await this.inbox.take(12);
    if (head.readUInt32LE(0) !== 0xdeadc0de || head.readUInt32LE(4) !== 12) {
      throw new Error(`wrong header ${head.toString('hex')}`);
    }
    return this.inbox.take(head.readUInt32LE(8));
  }

  async closed(): Promise<number> {
    await this.inbox.until_end();
    return this.code;
  }
}

/** A WebSocket server by hand, on any free port; `serve` gets each connection. */
export async function serve_by_hand(
  serve: (socket: WebSocket) => void,
): Promise<{ port: number; server: WebSocketServer; stop(): Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', serve);
  await new Promise<void>((done) => server.once('listening', done));
  return {
    port: (server.address() as { port: number }).port,
    server,
    stop: () =>
      new Promise((done) => {
        for (const client of server.clients) client.terminate();
        server.close(() => done());
      }),
  };
}

/** A bare TCP connection, for what is not even WebSocket. */
export async function tcp(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise<void>((done) => socket.once('connect', () => done()));
  return socket;
}
