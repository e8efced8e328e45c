// A peer written from GameMaker's bytes with bare `ws` and TCP: shares no code with the library that it tests.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';

export const GREETING = Buffer.from('474d3a53747564696f2d436f6e6e65637400', 'hex');
export const HELLO = Buffer.from('bebafeca0bb0adde1000000000000000', 'hex');
export const WELCOME = Buffer.from('adbeafdeebbe0df00c000000', 'hex');

/** A packet: DE C0 AD DE, 0C 00 00 00, length, payload. */
export function packet(payload: Uint8Array | string): Buffer {
  const body = Buffer.from(payload as string);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from('dec0adde0c000000', 'hex'), length, body]);
}

/** A bare client that keeps what it gets. */
export class BarePeer {
  readonly messages: Buffer[] = [];
  readonly texts: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #arrived = () => {};

  constructor(readonly ws: WebSocket) {
    ws.on('error', () => {});
    ws.on('message', (data: Buffer, binary: boolean) => {
      if (binary) this.messages.push(data);
      else this.texts.push(data.toString());
      this.#arrived();
    });
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** The next binary message. */
  async next(): Promise<Buffer> {
    while (this.messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.messages.shift() as Buffer;
  }
}

/** Connected, nothing said yet. */
export async function bare_client(port: number, path = '/'): Promise<BarePeer> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
  const peer = new BarePeer(ws);
  await once(ws, 'open');
  return peer;
}

/** Connected, with the handshake done. */
export async function joined_client(port: number): Promise<BarePeer> {
  const peer = await bare_client(port);
  if (!(await peer.next()).equals(GREETING)) throw new Error('wrong greeting');
  peer.ws.send(HELLO);
  if (!(await peer.next()).equals(WELCOME)) throw new Error('wrong welcome');
  return peer;
}

/** An upgrade request by hand, on a bare TCP connection that never closes by itself. */
export async function tcp_upgrade(
  port: number,
  path = '/',
  key = 'dGhlIHNhbXBsZSBub25jZQ==',
): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  return socket;
}
