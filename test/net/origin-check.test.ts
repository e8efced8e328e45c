// An `origin` function that answers by a promise, fails, or never answers: callers wait, are refused, and nothing else happens.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
} from '../../bindings/network.js';
import { joined_client } from './bare-peer.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, client, Log, server, stats } from './harness.js';

const EVIL = 'https://evil.example';

async function status(port: number, origin?: string): Promise<string> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, origin === undefined ? {} : { origin });
  const [error] = (await once(ws, 'error')) as [Error];
  return error.message;
}

function reported(): unknown[] {
  const errors: unknown[] = [];
  afterwards(async_on('error', ({ error }) => errors.push(error)));
  return errors;
}

/** Two ways in which a check may fail. */
const failing = (error: Error) =>
  [
    () => {
      throw error;
    },
    async () => {
      throw error;
    },
  ] as const;

it('lets in for whom the promise says true, and nobody else', async () => {
  const { id, port } = server(8, { origin: async (origin?: string) => origin !== EVIL });
  await joined_client(port);
  expect(await status(port, EVIL)).toContain('403');
  expect(stats(id)).toMatchObject({ clients: 1, drops: { origin: 1 } });
  // Anything that is not true is a no, as it is without a promise.
  const odd = server(8, { origin: async () => 'yes' });
  expect(await status(odd.port)).toContain('403');
});

it.each([0, 1])('lets nobody in when it fails, and says so (way %i)', async (way) => {
  const errors = reported();
  const error = new Error('the database is down');
  const { id, port } = server(8, { origin: failing(error)[way] });
  expect(await status(port)).toContain('403');
  expect(errors).toEqual([error]);
  expect(stats(id).drops).toEqual({ origin: 1 });
});

it('stops nobody else when it fails and nobody listens for errors', async () => {
  const { id, port } = server(8, { origin: failing(new Error('mine'))[1] });
  expect(await status(port)).toContain('403');
  expect(stats(id).drops).toEqual({ origin: 1 });
});

it('has the time of the handshake', async () => {
  const clock = new FakeClock();
  let asked = 0;
  const { id, port } = server(8, {
    origin: () => {
      asked++;
      return new Promise<boolean>(() => {});
    },
    handshake_timeout_ms: 300,
  });
  const answer = status(port);
  await vi.waitFor(() => expect(asked).toBe(1));
  clock.advance(300);
  expect(await answer).toContain('408');
  expect(stats(id).drops).toEqual({ handshake_timeout: 1 });
});

it('counts callers who wait: no more come in than may', async () => {
  const answers: ((yes: boolean) => void)[] = [];
  const { id, port } = server(8, {
    origin: () => new Promise<boolean>((answer) => answers.push(answer)),
    connections_per_address: 2,
  });
  const first = [joined_client(port), joined_client(port)];
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(await status(port)).toContain('429');
  for (const answer of answers) answer(true);
  await Promise.all(first);
  expect(stats(id)).toMatchObject({ clients: 2, drops: { address_limit: 1 } });
});

it('sends those away who still wait when the server ends', async () => {
  const asked: unknown[] = [];
  let yes = (_: boolean) => {};
  const { id, port } = server(8, {
    origin: (origin?: string) => {
      asked.push(origin);
      return new Promise<boolean>((answer) => {
        yes = answer;
      });
    },
  });
  const answer = status(port);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  network_destroy(id);
  expect(await answer).toMatch(/hang up|reset/);
  yes(true);
  await new Promise((done) => setTimeout(done, 20));
});

it('keeps what a caller says while it waits', async () => {
  const log = new Log();
  const asked: ((answer: boolean) => void)[] = [];
  const { port } = server(8, {
    origin: () => new Promise<boolean>((answer) => asked.push(answer)),
  });
  const tcp = connect(port, '127.0.0.1');
  afterwards(() => tcp.destroy());
  tcp.write(
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  // The client's part of the handshake, before the server has greeted.
  tcp.write(Buffer.from('829000000000bebafeca0bb0adde1000000000000000', 'hex'));
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  await new Promise((done) => setTimeout(done, 30));
  asked[0](true);
  await log.take(c.network_type_connect);
});

it('is the same over WebRTC', async () => {
  const log = new Log();
  const errors = reported();
  const error = new Error('the database is down');
  let ways: (() => boolean | Promise<boolean>)[] = [...failing(error), async () => false];
  const make = (origin: () => boolean | Promise<boolean>) => {
    const create = server(8, { origin }, (_, port, max, options) =>
      network_create_server(c.network_socket_udp, port, max, options),
    );
    return create.port;
  };
  const attempt = async (port: number) => {
    const id = network_create_socket(c.network_socket_udp);
    afterwards(() => network_destroy(id));
    network_connect(id, '127.0.0.1', port);
    return log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
  };
  for (const way of ways) {
    expect(await attempt(make(way))).toMatchObject({ succeeded: 0, error: 'refused' });
  }
  expect(errors).toEqual([error, error]);
  ways = [async () => true];
  expect(await attempt(make(ways[0]))).toMatchObject({ succeeded: 1 });
});

it('is asked for a client of ours too', async () => {
  const log = new Log();
  const { port } = server(8, { origin: async () => true });
  const id = client(port);
  expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
});

it('that never answers does not keep a process whose server has ended', async () => {
  const child = fork(fileURLToPath(new URL('./unanswered-child.mjs', import.meta.url)));
  afterwards(() => child.kill());
  expect(await once(child, 'exit')).toEqual([0, null]);
});
