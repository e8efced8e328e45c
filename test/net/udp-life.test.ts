// UDP sockets whose other end dies, stalls or comes back; reasons of failures; processes that end by themselves.
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { host } from '#host';
import * as c from '../../bindings/constants.js';
import { host_task } from '../../bindings/events.js';
import {
  network_connect,
  network_destroy,
  network_get_state,
  network_set_config,
} from '../../bindings/network.js';
import type { PeerOwner, PeerState } from '../../bindings/rtc/types.js';
import { find_socket } from '../../bindings/sockets.js';
import { FakeClock } from './fake-clock.js';
import { afterwards, Log, send, server, stats } from './harness.js';
import { udp_joined, udp_server, udp_socket, until } from './udp-harness.js';

const CHILD = fileURLToPath(new URL('./udp-child.mjs', import.meta.url));
const top = fileURLToPath(new URL('../..', import.meta.url));

async function child(
  ...args: string[]
): Promise<{ process: ChildProcess; word: { port: number } }> {
  const made = fork(CHILD, args);
  afterwards(() => made.kill('SIGKILL'));
  const [word] = (await once(made, 'message')) as [{ port: number }];
  return { process: made, word };
}

/** So that it does not take a quarter of a minute until a death is noticed. */
function watch_closely(): void {
  network_set_config(c.network_config_heartbeat_interval, 200);
  network_set_config(c.network_config_heartbeat_timeout, 5000);
  afterwards(() => {
    network_set_config(c.network_config_heartbeat_interval, 5000);
    network_set_config(c.network_config_heartbeat_timeout, 15_000);
  });
}

it('a client that is killed is missed, and its place is free again', async () => {
  watch_closely();
  const log = new Log();
  const hub = udp_server(1);
  network_set_config(c.network_config_resume_window, 100, hub.id);
  const { process: client } = await child('client', `${hub.port}`);
  const { socket } = await log.take(c.network_type_connect);
  client.kill('SIGKILL');
  expect(await log.take(c.network_type_link_lost)).toMatchObject({ id: hub.id, socket });
  expect(await log.take(c.network_type_disconnect)).toMatchObject({ id: hub.id, socket });
  expect(stats(hub.id).clients).toBe(0);
  await udp_joined(log, hub.port);
});

it('a server that is killed is missed, looked for, and given up', async () => {
  watch_closely();
  const log = new Log();
  const { process: host, word } = await child('server');
  const id = udp_socket();
  network_connect(id, '127.0.0.1', word.port);
  await log.take(c.network_type_non_blocking_connect);
  host.kill('SIGKILL');
  expect(await log.take(c.network_type_link_lost)).toMatchObject({ id, socket: id });
  expect(network_get_state(id)).toBe(c.network_state_resuming);
  expect(send(id, 'nobody hears this')).toBe(c.network_error_not_open);
  expect(await log.take(c.network_type_disconnect)).toMatchObject({
    id,
    reason: expect.stringContaining('no signaling'),
  });
});

it('connects again by itself to a server that was started anew', async () => {
  watch_closely();
  network_set_config(c.network_config_reconnect, 1);
  network_set_config(c.network_config_reconnect_delay, 50);
  const log = new Log();
  const { process: first, word } = await child('server');
  const id = udp_socket();
  network_connect(id, '127.0.0.1', word.port);
  await log.take(c.network_type_non_blocking_connect);
  first.kill('SIGKILL');
  await log.take(c.network_type_link_lost);
  await child('server', `${word.port}`);
  await log.take(c.network_type_disconnect);
  expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ id, succeeded: 1 });
  const beat = setInterval(() => send(id, 'hello'), 20);
  afterwards(() => clearInterval(beat));
  expect((await log.take(c.network_type_data)).text).toBe('hello');
});

it('a process that stands still comes back, and is the same client', async () => {
  watch_closely();
  const log = new Log();
  const { process: host, word } = await child('server');
  const id = udp_socket();
  network_connect(id, '127.0.0.1', word.port);
  await log.take(c.network_type_non_blocking_connect);
  const beat = setInterval(() => send(id, 'echo'), 20);
  afterwards(() => clearInterval(beat));
  await log.take(c.network_type_data);
  host.kill('SIGSTOP');
  await log.take(c.network_type_link_lost);
  log.seen.length = 0;
  host.kill('SIGCONT');
  expect(await log.take(c.network_type_resumed)).toMatchObject({ id, socket: id });
  await log.take(c.network_type_data);
});

it('a channel that does not move any more is noticed, and made anew', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  const link = find_socket(id, 'test')?.connection?.link;
  if (link === undefined) throw new Error('no link');
  // The real link from here on, but for what it says when it is asked.
  link.is_stalled = () => true;
  expect(await log.take(c.network_type_link_lost, (event) => event.id === id)).toMatchObject({
    reason: 'the connection has stalled',
  });
  await log.take(c.network_type_resumed, (event) => event.socket === id);
  await log.take(c.network_type_resumed, (event) => event.socket === peer);
  expect(stats(id).drops).toEqual({ stalled: 1 });
  expect(send(id, 'over the new one')).toBe(16);
  expect(await log.take(c.network_type_data)).toMatchObject({ id: peer, text: 'over the new one' });
  expect(stats(hub.id).clients).toBe(1);
});

it('a server that ends takes its clients with it', async () => {
  const log = new Log();
  const hub = udp_server();
  const { id } = await udp_joined(log, hub.port);
  network_destroy(hub.id);
  expect(await log.take(c.network_type_disconnect)).toMatchObject({ id, reason: 'server ends' });
});

// ---- reasons ------------------------------------------------------------------------------------------------------------

async function failure(url: string, port: number, before: (id: number) => void = () => {}) {
  const log = new Log();
  const id = udp_socket();
  before(id);
  network_connect(id, url, port);
  const event = await log.take(c.network_type_non_blocking_connect, (one) => one.id === id);
  expect(event.succeeded).toBe(0);
  return { error: event.error, reason: event.reason };
}

it('says that there is no signaling', async () => {
  const gone = udp_server();
  network_destroy(gone.id);
  expect(await failure('127.0.0.1', gone.port)).toEqual({
    error: 'no_signaling',
    reason: expect.stringContaining(`no signaling at ws://127.0.0.1:${gone.port}`),
  });
});

it.each([600, 3000])('dials survive that signaling is cut once, after %i bytes', async (limit) => {
  const log = new Log();
  const hub = udp_server();
  let calls = 0;
  const proxy = createServer((near) => {
    const cut_after = ++calls === 1 ? limit : Number.POSITIVE_INFINITY;
    const far = connect(hub.port, '127.0.0.1');
    let passed = 0;
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => {}).on('close', () => near.destroy());
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => {
      passed += bytes.length;
      if (passed > cut_after) near.destroy();
      else near.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  afterwards(() => proxy.close());
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  for (const id of Array.from({ length: 4 }, () => udp_socket())) {
    network_connect(id, '127.0.0.1', port);
  }
  for (let i = 0; i < 4; i++) {
    const { succeeded } = await log.take(c.network_type_non_blocking_connect);
    expect(succeeded).toBe(1);
  }
  expect(calls).toBeGreaterThan(1);
});

it('says that a server has no UDP', async () => {
  const only_tcp = server();
  const { error } = await failure('127.0.0.1', only_tcp.port);
  expect(error).toBe('no_signaling');
  const rooms = server(8, { rooms: true });
  expect(await failure('127.0.0.1', rooms.port)).toEqual({
    error: 'no_room',
    reason: 'this server has no UDP',
  });
});

it('says that it was refused, and in whose words', async () => {
  const hub = udp_server(8, {
    password: 'secret',
    join: ({ token }) => token === 'secret' || 'no',
  });
  expect(await failure('127.0.0.1', hub.port)).toEqual({
    error: 'refused',
    reason: 'wrong password',
  });
  const rule = udp_server(8, { join: async () => 'the match has begun' });
  expect(await failure('127.0.0.1', rule.port)).toEqual({
    error: 'refused',
    reason: 'the match has begun',
  });
  const log = new Log();
  const full = udp_server(1);
  await udp_joined(log, full.port);
  expect(await failure('127.0.0.1', full.port)).toMatchObject({ error: 'full' });
});

it('says that nobody answered in time', async () => {
  // Takes TCP connections, and says nothing.
  const mute = createServer(() => {}).listen(0, '127.0.0.1');
  afterwards(() => mute.close());
  await once(mute, 'listening');
  const { port } = mute.address() as { port: number };
  const { error, reason } = await failure('127.0.0.1', port, (id) => {
    network_set_config(c.network_config_connect_timeout, 300);
    afterwards(() => network_destroy(id));
  });
  expect(error).toBe('no_signaling');
  expect(reason).toContain('in 300 ms');
  // Signaling works, and the host thinks for ever.
  network_set_config(c.network_config_connect_timeout, 5000);
  const clock = new FakeClock();
  const slow = udp_server(8, {
    join: () => {
      setImmediate(() => clock.advance(5000));
      return new Promise(() => {});
    },
  });
  expect(await failure('127.0.0.1', slow.port)).toMatchObject({ error: 'timeout' });
});

/** Signaling on its way through here loses all candidates but one of an address that leads nowhere (RFC 5737). */
async function nowhere(port: number): Promise<number> {
  const proxy = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  afterwards(() => {
    for (const client of proxy.clients) client.terminate();
    proxy.close();
  });
  const changed = (data: string) => {
    const signal = JSON.parse(data);
    if (signal.t === 'candidate') return undefined;
    if (signal.sdp) signal.sdp = signal.sdp.replace(/^a=(candidate|end-of-candidates).*\r\n/gm, '');
    return JSON.stringify(signal);
  };
  proxy.on('connection', (near) => {
    const far = new WebSocket(`ws://127.0.0.1:${port}`, ['bytewire.signaling.1']);
    const waiting: string[] = [];
    near.on('message', (data) => {
      const text = changed(String(data));
      if (text !== undefined) far.readyState === 1 ? far.send(text) : waiting.push(text);
    });
    far.on('open', () => {
      for (const text of waiting) far.send(text);
    });
    far.on('message', (data) => {
      const text = changed(String(data));
      if (text === undefined) return;
      near.send(text);
      if (JSON.parse(text).t !== 'answer') return;
      const candidate = 'candidate:1 1 UDP 2122317823 192.0.2.1 5000 typ host';
      near.send(JSON.stringify({ t: 'candidate', peer: 0, candidate, mid: '0' }));
    });
    near.on('close', () => far.close());
    far.on('close', () => near.close());
  });
  await once(proxy, 'listening');
  return (proxy.address() as { port: number }).port;
}

it('says what candidates there were when no way was found', async () => {
  const hub = udp_server();
  const { error, reason } = await failure('127.0.0.1', await nowhere(hub.port), () => {
    network_set_config(c.network_config_connect_timeout, 8000);
  });
  expect(error).toBe('ice_failed');
  expect(reason).toMatch(/our candidates: \d+ host.*; theirs: 1 host; no pair answered.*TURN/);
});

it('says that the package is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-alone-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  cpSync(join(top, 'dist/node'), join(folder, 'dist'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(top, 'node_modules/ws'), join(folder, 'node_modules/ws'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'try.js'),
    `import * as bw from './dist/index.js';
    const said = {};
    try { bw.network_create_server(bw.network_socket_udp, 0); } catch (e) { said.server = [e.code, e.message]; }
    try { bw.network_create_socket_ext(bw.network_socket_udp, 0); } catch (e) { said.bound = [e.code, e.message]; }
    await new bw.WebRTCClient().connect('ws://127.0.0.1:1').catch((e) => { said.bare = [e.code, e.message]; });
    bw.async_on('networking', ({ id, succeeded, error, reason }) => {
      said[id === socket ? 'client' : 'send'] = [error, reason, succeeded];
    });
    const socket = bw.network_create_socket(bw.network_socket_udp);
    bw.network_connect(socket, '127.0.0.1', 1);
    const free = bw.network_create_socket(bw.network_socket_udp);
    said.sent = bw.network_send_udp(free, '127.0.0.1', 1, bw.buffer_create(4, 0, 1), 4);
    const tcp = bw.network_create_server(bw.network_socket_tcp, 0);
    said.tcp = tcp >= 0;
    bw.network_destroy(tcp);
    setTimeout(() => { bw.network_destroy(free); console.log(JSON.stringify(said)); }, 50);`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['try.js'], { cwd: folder });
  const said = JSON.parse(stdout);
  const advice = expect.stringContaining('npm install node-datachannel');
  expect(said).toEqual({
    server: ['package_missing', advice],
    bound: ['package_missing', advice],
    bare: ['package_missing', advice],
    client: ['package_missing', advice, 0],
    send: ['package_missing', advice, 0],
    sent: c.network_error_not_open,
    tcp: true,
  });
});

it('says that a browser has no WebRTC', async () => {
  // What pages load, on a host that has none: as in some builds of WebKit.
  const bw: typeof import('../../bindings/index.js') = await import(
    join(top, 'dist/browser/index.js')
  );
  expect(typeof RTCPeerConnection).toBe('undefined');
  const seen: unknown[] = [];
  const off = bw.async_on('networking', ({ id, succeeded, error, reason }) => {
    seen.push([id, succeeded, error, reason]);
  });
  const id = bw.network_create_socket(bw.network_socket_udp);
  expect(bw.network_connect(id, '127.0.0.1', 1)).toBe(id);
  const b = bw.buffer_create(4, 0, 1);
  const free = bw.network_create_socket(bw.network_socket_udp);
  bw.network_send_udp(free, '127.0.0.1', 1, b, 4);
  await until(() => seen.length === 2);
  const reason = 'this browser has no WebRTC (RTCPeerConnection)';
  expect(seen).toEqual([
    [id, 0, 'unsupported', reason],
    [free, 0, 'unsupported', reason],
  ]);
  const unsupported = bw.network_error_unsupported;
  expect(bw.network_create_socket_ext(bw.network_socket_udp, 0)).toBe(unsupported);
  expect(bw.network_create_server(bw.network_socket_udp, 0)).toBe(unsupported);
  bw.network_set_config(bw.network_config_signaling_url, 'ws://127.0.0.1:1');
  expect(bw.network_create_server(bw.network_socket_udp, 'ROOM')).toBe(unsupported);
  await expect(new bw.WebRTCClient().connect('ws://127.0.0.1:1')).rejects.toMatchObject({
    code: 'unsupported',
    message: reason,
  });
  off();
  for (const one of [id, free]) bw.network_destroy(one);
});

it('a process ends by itself, whatever its listeners have thrown', async () => {
  for (let i = 0; i < 3; i++) {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CHILD, 'lives'], {
      cwd: top,
    });
    const { listeners, uncaught, ...refused } = JSON.parse(stdout);
    expect(listeners).toBe(4);
    expect(uncaught).toBeGreaterThanOrEqual(6);
    expect(refused).toEqual({ refused: 3, failed: 2 });
    expect(stderr).toBe('');
  }
});

/** The real peer connections from now on, and who hears of their states. */
function watch_states(): PeerOwner[] {
  const { open_peer } = host.rtc;
  const owners: PeerOwner[] = [];
  host.rtc.open_peer = (config, owner) => {
    owners.push(owner);
    return open_peer(config, owner);
  };
  afterwards(() => {
    host.rtc.open_peer = open_peer;
  });
  return owners;
}

it('a server that is busy for a second hears of those who came and went meanwhile', async () => {
  const { open_peer } = host.rtc;
  const { process: dazed, word } = await child('dazed');
  const heard: { type: number; size: number }[] = [];
  dazed.on('message', (message: { type: number; size: number }) => heard.push(message));
  // The answer is not looked at before the server is busy: all else is done by its native threads.
  host.rtc.open_peer = (config, owner) => {
    const peer = open_peer(config, owner);
    const { remote_description } = peer;
    peer.remote_description = (type, sdp) => {
      // Its candidates are still on their way.
      setTimeout(() => dazed.send({ busy_ms: 1000 }), 100);
      dazed.once('message', () => remote_description.call(peer, type, sdp));
    };
    return peer;
  };
  afterwards(() => {
    host.rtc.open_peer = open_peer;
  });
  const log = new Log();
  const ids = [1, 2, 3].map(() => udp_socket());
  for (const id of ids) network_connect(id, '127.0.0.1', word.port);
  for (const id of ids) {
    await log.take(c.network_type_non_blocking_connect, (event) => event.id === id);
    send(id, 'a word');
    network_destroy(id);
  }
  const count = (type: number) => heard.filter((event) => event.type === type).length;
  await vi.waitFor(() => expect(count(c.network_type_disconnect)).toBe(3));
  expect(count(c.network_type_connect)).toBe(3);
  expect(heard.filter(({ size }) => size === 6)).toHaveLength(3);
});

it('a server that is busy hears all that a client has sent which left meanwhile, and why it left', async () => {
  const log = new Log();
  const { process: dazed, word } = await child('dazed');
  const heard: { type: number; reason: string }[] = [];
  dazed.on('message', (message: { type: number; reason: string }) => heard.push(message));
  const id = udp_socket();
  network_connect(id, '127.0.0.1', word.port);
  await log.take(c.network_type_non_blocking_connect);
  // Both have heard one another: this is no channel that comes and goes at once.
  await until(() => stats(id).round_trip_ms !== undefined);
  const busy = once(dazed, 'message');
  dazed.send({ busy_ms: 1000 });
  await busy;
  // More than the host hands over to JavaScript in one turn.
  for (let i = 0; i < 3000; i++) send(id, 'x');
  network_destroy(id);
  await until(() => heard.some(({ type }) => type === c.network_type_disconnect));
  expect(heard.at(-1)).toMatchObject({ reason: 'destroyed' });
  // Some may be lost, as on any network.
  const packets = heard.filter(({ type }) => type === c.network_type_data).length;
  expect(packets).toBeGreaterThan(2000);
});

it('"disconnected" is no end: it passes, or the connection is made anew and goes on', async () => {
  const owners = watch_states();
  const log = new Log();
  const hub = udp_server();
  const { id, peer } = await udp_joined(log, hub.port);
  const [client] = owners;
  const told = (state: PeerState) => host_task(() => client.state(state));
  told('disconnected');
  setTimeout(told, 200, 'connected');
  const grace = new Promise((done) => setTimeout(done, 2500));
  await grace;
  expect(network_get_state(id)).toBe(c.network_state_open);
  expect(log.seen).toEqual([]);
  expect(owners).toHaveLength(2);
  told('disconnected');
  expect(await log.take(c.network_type_link_lost, (event) => event.id === id)).toMatchObject({
    reason: 'the connection is interrupted',
  });
  await log.take(c.network_type_resumed, (event) => event.socket === id);
  await log.take(c.network_type_resumed, (event) => event.socket === peer);
  send(id, 'all the same');
  expect(await log.take(c.network_type_data)).toMatchObject({ id: peer, text: 'all the same' });
});

/** Runs what hears of a channel only after its end, in a process that has to end by itself. */
async function early_end(...args: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bytewire-early-'));
  afterwards(() => rmSync(folder, { recursive: true }));
  symlinkSync(join(top, 'node_modules'), join(folder, 'node_modules'));
  const outfile = join(folder, 'node.mjs');
  await build({
    entryPoints: [join(top, 'bindings/rtc/node.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    target: 'node20',
  });
  const script = fileURLToPath(new URL('./udp-early-end.mjs', import.meta.url));
  // Whether it is heard of sooner is up to the native threads; it ends by itself in any case.
  for (let i = 0; ; i++) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, outfile, ...args], {
      timeout: 60_000,
    });
    if (i === 4 || !stdout.startsWith('heard of\n')) return stdout;
  }
}

it('a process ends by itself although a channel was closed before it was heard of', async () => {
  expect(await early_end()).toBe('dead on arrival\n');
});

it('a process goes on while a visitor leaves whose channel was closed before it was heard of', async () => {
  // The library's cleanup would wait ten seconds for a connection that nobody has closed here, and then throw.
  expect(await early_end('left')).toBe('dead on arrival\nnot held up\n');
});
