// WebRTCClient, the bare channel: what it takes, and what becomes of it when its channel does not move any more.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import { WebRTCClient, type WebRTCClientOptions } from '../../bindings/webrtc-client.js';
import { afterwards, Log } from './harness.js';
import { udp_server, until } from './udp-harness.js';

const CHILD = fileURLToPath(new URL('./udp-child.mjs', import.meta.url));

/** A server in a process of its own, and a client whose messages it does not take any more. */
async function stalled(): Promise<{ client: WebRTCClient; server: ChildProcess }> {
  const server = fork(CHILD, ['server']);
  afterwards(() => server.kill('SIGKILL'));
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const client = new WebRTCClient();
  afterwards(() => client.close());
  await client.connect(`ws://127.0.0.1:${port}`);
  server.kill('SIGSTOP');
  // As a game does: what waits is given up by and by, and a channel over which nothing is to be sent does not stall.
  await until(() => {
    if (client.open) client.send(new Uint8Array(10_000));
    return !client.open;
  });
  return { client, server };
}

it('a channel that does not move any more is made anew; what is sent meanwhile is dropped', async () => {
  const { client, server } = await stalled();
  client.onclose = () => expect.fail('it has ended');
  // It is neither connected nor ended.
  const { dropped } = client;
  client.send('meanwhile');
  expect(client.dropped).toBe(dropped + 1);
  await expect(client.connect('ws://127.0.0.1:1')).rejects.toThrow('already');
  const again = new Promise<void>((done) => {
    client.onreopen = done;
  });
  server.kill('SIGCONT');
  await again;
  expect(client.open).toBe(true);
  const answer = new Promise<ArrayBuffer | string>((done) => {
    client.onmessage = done;
  });
  // One message may be lost.
  const timer = setInterval(() => client.send(new Uint8Array([1, 2, 3])), 50);
  afterwards(() => clearInterval(timer));
  expect(new Uint8Array((await answer) as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]));
});

it('where a stalled channel cannot be made anew the connection has ended, and says so once', async () => {
  const { client, server } = await stalled();
  const ends: string[] = [];
  client.onreopen = () => expect.fail('there is nobody');
  client.onclose = (reason) => ends.push(reason);
  server.kill('SIGKILL');
  await vi.waitFor(() => expect(ends.length).toBe(1), 30_000);
  expect(ends[0]).toMatch(/^the connection has stalled: no signaling at /);
  expect(() => client.send('late')).toThrow('not connected');
});

it('a client that closes while its channel is made anew hears of nothing, and may connect again', async () => {
  const { client, server } = await stalled();
  client.onreopen = client.onclose = () => expect.fail('it was closed');
  client.close();
  server.kill('SIGCONT');
  expect(() => client.send('late')).toThrow('not connected');
  const log = new Log();
  const { port } = udp_server();
  await client.connect(`ws://127.0.0.1:${port}`);
  await log.take(c.network_type_connect);
  expect(client.open).toBe(true);
});

it('options are checked before anything happens', async () => {
  const long = `${Array(5).fill('x'.repeat(50)).join('.')}.example`;
  const wrong: [unknown, typeof Error, string][] = [
    [null, TypeError, 'connect: options must be an object of options, got null'],
    [[], TypeError, 'connect: options must be an object of options, got Array'],
    ['room', TypeError, 'connect: options must be an object of options, got "room"'],
    [{ relayonly: true }, RangeError, 'connect: options: there is no "relayonly"'],
    [{ ice_servers: null }, TypeError, 'connect: ice_servers: ICE servers are a list'],
    [{ ice_servers: { urls: 'stun:x' } }, TypeError, 'connect: ice_servers: ICE servers are'],
    [{ ice_servers: [{ urls: 'x' }] }, RangeError, 'connect: ice_servers: ICE servers are a list'],
    [{ timeout_ms: 0 }, RangeError, 'connect: timeout_ms'],
    [{ relay_only: 1 }, TypeError, 'connect: relay_only'],
    [{ token: 1 }, TypeError, 'connect: token'],
    [{ token: 'x'.repeat(4097) }, RangeError, 'connect: token'],
    [{ room: '!' }, RangeError, 'connect: no room'],
  ];
  const client = new WebRTCClient();
  for (const [options, kind, message] of wrong) {
    const attempt = client.connect('ws://127.0.0.1:1', options as WebRTCClientOptions);
    const error = await attempt.catch((error: Error) => error);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(message);
  }
  for (const url of [
    'http://127.0.0.1',
    '127.0.0.1',
    `ws://${long}`,
    `wss://${'x'.repeat(64)}.y`,
  ]) {
    await expect(client.connect(url)).rejects.toThrow(RangeError);
  }
  await expect(client.connect(`ws://${long}:1`)).rejects.toThrow('is not a ws(s) URL');
  await expect(client.connect(7 as never)).rejects.toThrow(TypeError);
});
