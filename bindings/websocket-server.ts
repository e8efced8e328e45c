// WebSocket server in Node over `ws`: on a port of its own or on an existing http.Server.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { network_error_address } from './constants.js';
import { host_task } from './events.js';
import type { Listening, ListenOptions, ListenOwner } from './host/types.js';
import type { Link, LinkOwner } from './transport/types.js';

/** A peer has this long to answer our close frame; then its connection is cut. */
const CLOSE_GRACE_MS = 1000;
/** HTTP requests that never finish their headers are cut after this. */
const REQUEST_TIMEOUT_MS = 10_000;

class ServerLink implements Link {
  readonly #socket: WebSocket;
  #owner: LinkOwner | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  attach(owner: LinkOwner): void {
    this.#owner = owner;
    let reason = '';
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (data: Buffer, binary: boolean) => {
      host_task(() => this.#owner?.received(binary ? data : data.toString('utf8')));
    });
    this.#socket.on('error', (error) => {
      reason = error.message;
    });
    this.#socket.on('close', (code: number, text: Buffer) => {
      host_task(() => {
        const gone = this.#owner;
        this.#owner = undefined;
        gone?.closed(reason || text.toString('utf8') || `closed with code ${code}`);
      });
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Uint8Array<ArrayBuffer> | string): void {
    // ws keeps a reference until the bytes are written: they must not lie in linear memory (the caller sees to that).
    this.#socket.send(message);
  }

  close(code: number, reason: string): void {
    this.#owner = undefined;
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS);
    this.#socket.on('close', () => clearTimeout(timer));
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function path_of(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0];
}

/** Listens at once: the port is bound, or known to be taken, when this returns. */
export function listen_websocket(
  Sockets: typeof WebSocketServer,
  options: ListenOptions,
  owner: ListenOwner,
): Listening | number {
  const shared = options.server as Server | undefined;
  const http =
    shared ??
    createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (_, response) => {
        response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' });
        response.end('This server speaks WebSocket.\n');
      },
    );
  const sockets = new Sockets({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.max_message_bytes,
    clientTracking: false,
  });

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (options.path !== undefined && path_of(request) !== options.path) {
      // On a shared server somebody else may want it.
      if (shared === undefined || shared.listenerCount('upgrade') === 1)
        refuse(stream, '404 Not Found');
      return;
    }
    stream.on('error', () => stream.destroy());
    if (!owner.may_enter()) {
      refuse(stream, '503 Service Unavailable');
      return;
    }
    const { remoteAddress = '', remotePort = 0 } = request.socket;
    sockets.handleUpgrade(request, stream, head, (socket) => {
      host_task(() => {
        const link = new ServerLink(socket);
        link.attach(owner.entered(link, { ip: remoteAddress, port: remotePort }));
      });
    });
  };
  http.on('upgrade', upgrade);

  if (shared !== undefined) {
    return {
      get port() {
        return (shared.address() as AddressInfo | null)?.port ?? 0;
      },
      close() {
        shared.off('upgrade', upgrade);
        sockets.close();
      },
    };
  }

  // Node makes the socket inside listen() when it needs no name lookup, so that `listening` tells at once.
  http.on('error', (error) => host_task(() => owner.failed(error.message)));
  http.listen({ port: options.port, host: options.host });
  const address = http.address() as AddressInfo | null;
  if (!http.listening || address === null) {
    http.removeAllListeners('error');
    http.on('error', () => http.close());
    return network_error_address;
  }
  return {
    port: address.port,
    close() {
      sockets.close();
      http.close();
      http.closeAllConnections();
    },
  };
}
