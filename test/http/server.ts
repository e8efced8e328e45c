// Real servers for the tests: well-behaved and wicked ones, on a port of their own, gone at the end of the test.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import {
  type AddressInfo,
  createServer as create_tcp,
  type Socket,
  type Server as TcpServer,
} from 'node:net';

export type Route = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  url: string;
  port: number;
  /** Requests so far, in order. */
  seen: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  stop(): Promise<void>;
}

async function listen(server: TcpServer | Server): Promise<number> {
  await new Promise<void>((done) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, done),
  );
  return (server.address() as AddressInfo).port;
}

/** An HTTP server with a function for each path; '*' for all others. */
export async function serve(routes: Record<string, Route>): Promise<TestServer> {
  const seen: TestServer['seen'] = [];
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '';
    seen.push({ method: request.method ?? '', path, headers: request.headers });
    const route = routes[path.split('?')[0]] ?? routes['*'];
    if (route) route(request, response);
    else response.writeHead(404).end('no such path');
  };
  const server = createServer(listener);
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A server that sends bytes of the test's choice, by path, and nothing of HTTP that is not in them. */
export async function serve_raw(
  answers: Record<string, (socket: Socket) => void>,
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = create_tcp((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('data', (bytes) => answers[String(bytes).split(' ')[1]]?.(socket));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen: [],
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A port on which nobody listens. */
export async function free_port(): Promise<number> {
  const server = create_tcp();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
}

/** The body of a request. */
export async function body_of(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/** `size` bytes that differ from place to place. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 7) ^ (i >> 8) ^ (i >> 16);
  return bytes;
}

/** Sends a body in pieces as fast as the reader takes them. */
export function stream(response: ServerResponse, size: number, piece: Buffer): void {
  let left = size;
  const more = () => {
    while (left > 0) {
      const part = left >= piece.length ? piece : piece.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}
