// Connections in Node: kept for the next request, given up when they are dead, and never what keeps a process alive.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as create_tcp, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as bw from '../../bindings/index.js';
import { HttpLog } from './log.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
let log: HttpLog;
let server: TcpServer | undefined;
let sockets: Set<Socket>;
let connections: number;

beforeEach(() => {
  log = new HttpLog();
  sockets = new Set();
  connections = 0;
});
afterEach(async () => {
  log.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server?.close(done));
  server = undefined;
});

async function listen(made: TcpServer): Promise<string> {
  server = made;
  made.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((done) =>
    made.listen({ port: 0, host: '127.0.0.1', backlog: 2048 }, done),
  );
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/`;
}

it('one connection serves one request after the other, also behind errors and unwanted bodies', async () => {
  const url = await listen(
    createServer((request, response) => {
      const status = Number(request.url?.slice(1));
      if (status === 302) response.writeHead(302, { location: '/200' }).end('moved');
      else response.writeHead(status).end(status === 204 ? undefined : 'x');
    }),
  );
  for (const path of ['200', '404', '204', '302', '500', '304', '200']) {
    await log.end(bw.http_get(url + path));
  }
  await log.end(bw.http_post_string(`${url}200`, 'x'));
  expect(connections).toBe(1);
});

it('a connection that the server has closed meanwhile is replaced, where that can do no harm', async () => {
  let asked = 0;
  const url = await listen(
    create_tcp((socket) => {
      let here = 0;
      socket.on('data', () => {
        asked++;
        // Dead from the second request on.
        if (here++ > 0) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    }),
  );
  for (let i = 0; i < 3; i++) {
    expect(await log.end(bw.http_get(url))).toMatchObject({ status: 0, result: 'ok' });
  }
  // The second one asked twice, the second time on a connection of its own, which is not kept.
  expect([asked, connections]).toEqual([4, 3]);
  // A POST may have done its work.
  await log.end(bw.http_get(url));
  asked = 0;
  expect(await log.end(bw.http_post_string(url, 'x'))).toMatchObject({ status: 0 });
  expect(await log.end(bw.http_post_string(url, 'x'))).toMatchObject({
    status: -1,
    error: 'closed',
  });
  expect(asked).toBe(2);
});

it('an abort closes the connection, before the answer and in it', async () => {
  let begun = 0;
  const url = await listen(
    createServer((request, response) => {
      begun++;
      if (request.url === '/body') response.write('begin');
    }),
  );
  for (const path of ['', 'body']) {
    const id = bw.http_get(url + path);
    await vi.waitFor(() => expect(begun).toBeGreaterThan(0));
    if (path !== '') await log.when(id, ({ status }) => status === 1);
    bw.http_abort(id);
    await log.end(id);
    await vi.waitFor(() => expect(sockets.size).toBe(0));
    begun = 0;
  }
});

it('few of very many connections stay', async () => {
  const held: (() => void)[] = [];
  const made = createServer((_, response) => {
    held.push(() => response.end());
    if (held.length === 300) for (const release of held) release();
  });
  made.keepAliveTimeout = 0;
  const url = await listen(made);
  const ids = Array.from({ length: 300 }, () => bw.http_get(url));
  for (const id of ids) expect(await log.end(id)).toMatchObject({ status: 0 });
  expect(connections).toBe(300);
  await vi.waitFor(() => expect(sockets.size).toBeLessThanOrEqual(64));
});

it('an idle connection keeps no process alive', async () => {
  const made = createServer((_, response) => response.end('ok'));
  made.keepAliveTimeout = 0;
  const url = await listen(made);
  const code = `
    import { async_on, http_get } from ${JSON.stringify(join(top, 'dist/node/index.js'))};
    async_on('http', ({ status, result }) => {
      if (status === 1) return;
      setTimeout(() => console.log(result, process.getActiveResourcesInfo().join()));
    });
    http_get('${url}');`;
  const argv = ['--input-type=module', '-e', code];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  expect(stdout).toMatch(/^ok/);
  expect(stdout).not.toContain('TCPSocketWrap');
});
