// WebSocket server in Node over `ws`: on a port of its own or on an existing http.Server.
import cluster from 'node:cluster';
import { createServer, type IncomingMessage, Server, type ServerResponse } from 'node:http';
import { createServer as create_tls_server, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { show } from './check.js';
import { clock } from './clock.js';
import { network_error_address } from './constants.js';
import { host_task } from './events.js';
import type { Caller, Listening, ListenOptions, ListenOwner } from './host/types.js';
import { plain_address } from './plain-address.js';
import {
  fault_of,
  type Link,
  type LinkOwner,
  type Message,
  type TransportFault,
} from './transport/types.js';
import { Door } from './websocket-door.js';
import {
  add_route,
  answers_strangers,
  hold,
  is_own,
  is_signaling,
  let_go,
  own_server,
  type Route,
  remove_route,
  route_of,
} from './websocket-routes.js';

/** A peer has this long to answer our close frame; then its connection is cut. */
const CLOSE_GRACE_MS = 1000;
/** Connections that may wait to be accepted: after a break all clients come back at once. Node's own 511 drops some. */
const BACKLOG = 4096;
/** Handshakes of endpoints that set no time of their own. */
const HANDSHAKE_MS = 10_000;

/** Of servers that we have made: who watches their door. */
const doors = new WeakMap<Server, Door>();

/** What the direct way needs of `ws`; none of it is public, so each part is looked for before it is used. */
interface Inside {
  _socket?: { write(bytes: Buffer): boolean; writable: boolean };
  _sender?: { _state?: number; _queue?: unknown[] };
}

/** A whole WebSocket frame: its header goes into the room in front of the message. */
function frame_of(message: Message): Buffer {
  const { bytes, start, end } = message;
  const size = end - start;
  let at: number;
  if (size < 126) {
    at = start - 2;
    bytes[at + 1] = size;
  } else if (size < 65_536) {
    at = start - 4;
    bytes[at + 1] = 126;
    bytes[at + 2] = size >>> 8;
    bytes[at + 3] = size;
  } else {
    at = start - 10;
    bytes[at + 1] = 127;
    bytes.fill(0, at + 2, at + 6);
    for (let i = 0; i < 4; i++) bytes[at + 6 + i] = size >>> (24 - 8 * i);
  }
  // FIN, binary.
  bytes[at] = 0x82;
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at);
}

class ServerLink implements Link {
  readonly ordered = true;
  readonly #socket: WebSocket;
  #owner: LinkOwner | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  attach(owner: LinkOwner): void {
    this.#owner = owner;
    let reason = '';
    let fault: TransportFault | undefined;
    this.#socket.binaryType = 'nodebuffer';
    this.#socket.on('message', (data: Buffer, binary: boolean) => {
      host_task(() => this.#owner?.received(binary ? data : data.toString('utf8')));
    });
    this.#socket.on('error', (error) => {
      reason = error.message;
      fault = fault_of(error);
    });
    this.#socket.on('ping', (data: Buffer) => {
      // ws cuts a peer that pings and does not read the answers, and tells only by this.
      if (!this.open) fault ??= 'ping_flood';
      host_task(() => this.#owner?.pinged?.(data.length));
    });
    this.#socket.on('pong', (data: Buffer) => {
      host_task(() => this.#owner?.pinged?.(data.length));
      this.#owner?.alive();
    });
    this.#socket.on('close', (code: number, text: Buffer) => {
      host_task(() => {
        const gone = this.#owner;
        this.#owner = undefined;
        gone?.closed(reason || text.toString('utf8') || `closed with code ${code}`, code, fault);
      });
    });
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  send_message(message: Message): void {
    // One write of header and payload together, and for a broadcast one frame for all. Measured: 1.15 to 1.45 times less work
    // than ws.send, which writes both parts. ws itself keeps what it was given until it is written: fine, nobody touches it.
    const { _socket, _sender } = this.#socket as unknown as Inside;
    if (_socket?.writable && _sender?._state === 0 && _sender._queue?.length === 0) {
      message.framed ??= frame_of(message);
      _socket.write(message.framed as Buffer);
    } else this.#socket.send(message.view);
  }

  send_text(text: string): void {
    this.#socket.send(text);
  }

  ping(): void {
    if (this.open) this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#owner = undefined;
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS);
    this.#socket.on('close', () => clearTimeout(timer));
  }

  cut(): void {
    this.#owner = undefined;
    this.#socket.terminate();
  }
}

/** Answers a request that gets no WebSocket, and lets go of it whether or not the peer does. */
function refuse(stream: Duplex, status: string): void {
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** An HTTP or HTTPS server that serves nothing but WebSockets. @throws RangeError key and certificate are none */
function bare_http({ key, cert }: ListenOptions): Server {
  // Our own door keeps the time, to the millisecond; Node looks every 30 s.
  const times = { requestTimeout: 0, headersTimeout: 0 };
  const answer = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' });
    response.end('This server speaks WebSocket.\n');
  };
  if (key === undefined || cert === undefined) return createServer(times, answer);
  const pem = (part: string | Uint8Array) => (typeof part === 'string' ? part : Buffer.from(part));
  try {
    return create_tls_server({ ...times, key: pem(key), cert: pem(cert) }, answer);
  } catch (cause) {
    throw new RangeError('network_create_server: key and cert are not a pair in PEM', { cause });
  }
}

function create_http(options: ListenOptions, owner: ListenOwner): Server {
  const http = bare_http(options);
  const { handshake_ms = () => HANDSHAKE_MS } = options;
  doors.set(http, new Door(http, handshake_ms, () => owner.refused('handshake_timeout')));
  if (options.key !== undefined) {
    // Whoever cannot agree on TLS; clients that merely left are not counted.
    http.on('tlsClientError', (error: NodeJS.ErrnoException, stream: Duplex) => {
      if (error.code !== 'ECONNRESET') owner.refused('bad_tls');
      stream.destroy();
    });
  }
  http.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    // A reset is somebody who left; everything else did not speak HTTP.
    if (error.code === 'ECONNRESET' || !stream.writable) {
      stream.destroy();
      return;
    }
    owner.refused('bad_request');
    refuse(stream, '400 Bad Request');
  });
  return http;
}

function caller_of(request: IncomingMessage): Caller {
  const asked = request.headers['sec-websocket-protocol'] ?? '';
  return {
    ip: plain_address(request.socket.remoteAddress ?? ''),
    port: request.socket.remotePort ?? 0,
    origin: request.headers.origin,
    protocols: asked.split(',').flatMap((name) => name.trim() || []),
  };
}

function make_route(
  http: Server,
  sockets: WebSocketServer,
  { path, signaling = false }: ListenOptions,
  owner: ListenOwner,
  door: Door,
  waiting: Set<Duplex>,
): Route {
  const route: Route = {
    path,
    signaling,
    upgrade(request, stream, head) {
      const taker = route_of(http, request);
      if (taker !== route && !(taker === undefined && answers_strangers(http, route))) return;
      // Node has taken its own listener off: without one a reset would end the process.
      stream.on('error', () => stream.destroy());
      if (taker === undefined) {
        owner.refused('wrong_path');
        refuse(stream, '404 Not Found');
        return;
      }
      const waited_ms = door.enter(request);
      if (door.is_late(waited_ms)) {
        owner.refused('handshake_timeout');
        refuse(stream, '408 Request Timeout');
        return;
      }
      const caller = { ...caller_of(request), waited_ms };
      const decided = (status: string | undefined) => {
        if (status !== undefined) {
          refuse(stream, status);
          return;
        }
        sockets.handleUpgrade(request, stream, head, (socket) => {
          host_task(() => {
            const link = new ServerLink(socket);
            const link_owner = owner.entered(link, caller);
            link.attach(link_owner);
            link_owner.opened();
          });
        });
      };
      const status = owner.refuses(caller);
      if (!(status instanceof Promise)) {
        decided(status);
        return;
      }
      const since_ms = clock.now();
      waiting.add(stream);
      status.then((decide) => {
        // The endpoint has ended meanwhile, and its callers with it.
        if (!waiting.delete(stream)) return;
        caller.waited_ms += clock.now() - since_ms;
        decided(decide());
      });
    },
  };
  sockets.on('wsClientError', (_, stream) => {
    owner.refused('bad_request');
    refuse(stream, '400 Bad Request');
  });
  return route;
}

function port_of(http: Server): number {
  const address = http.address() as AddressInfo | string | null;
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/**
 * Listens. Without a `host` the port is bound, or known to be taken, when this returns; with one (and in a cluster's workers)
 * Node binds a little later, and `failed` tells when it could not.
 */
export function listen_websocket(
  Sockets: typeof WebSocketServer,
  options: ListenOptions,
  owner: ListenOwner,
): Listening | number {
  const { server } = options;
  if (server !== undefined && !(server instanceof Server || server instanceof TlsServer)) {
    throw new TypeError(
      `network_create_server: server must be a node:http or node:https server, got ${show(server)}`,
    );
  }
  const joined = (server as Server | undefined) ?? own_server(options);
  const http = joined ?? create_http(options, owner);
  const { protocols, signaling } = options;
  const sockets = new Sockets({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.max_message_bytes,
    clientTracking: false,
    ...(protocols && {
      handleProtocols: (asked: Set<string>) =>
        protocols.find((name) => asked.has(name)) ??
        // A version that is not ours: its caller gets a connection to be told so.
        (signaling && [...asked].find(is_signaling)) ??
        false,
    }),
  });
  // A server that is not ours is only watched: what comes over it may be meant for others.
  const watched = doors.get(http);
  const door = watched ?? new Door(http, options.handshake_ms ?? (() => HANDSHAKE_MS));
  // Callers about whom the program is asked: no list of Node's has them.
  const waiting = new Set<Duplex>();
  const route = make_route(http, sockets, options, owner, door, waiting);
  if (!add_route(http, route)) {
    if (watched === undefined) door.close();
    return network_error_address;
  }

  if (joined === undefined) {
    let wanted = true;
    http.on('error', (error) => {
      if (wanted) host_task(() => owner.failed(error.message));
    });
    try {
      http.listen({ port: options.port, host: options.host, backlog: BACKLOG });
    } catch {
      // A process that may not use the network (Node's permission model).
      door.close();
      return network_error_address;
    }
    if (!http.listening && options.host === undefined && !cluster.isWorker) {
      wanted = false;
      return network_error_address;
    }
  }
  const ours = joined === undefined || is_own(http);
  // A shared server that its owner closes: nobody can come any more.
  const http_closed = () => host_task(() => owner.failed('the http server was closed'));
  if (!ours) http.on('close', http_closed);
  if (ours) hold(http);
  return {
    http,
    get port() {
      return port_of(http);
    },
    set_max_message(bytes) {
      sockets.options.maxPayload = bytes;
    },
    close() {
      http.off('close', http_closed);
      remove_route(http, route);
      for (const stream of waiting) stream.destroy();
      waiting.clear();
      if (watched === undefined) door.close();
      sockets.close();
      if (ours) let_go(http);
      if (ours && !is_own(http)) door.close();
    },
  };
}
