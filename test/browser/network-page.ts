// The page of network.test.ts: runs the network functions in a browser against the Node server and posts what came of it.
import * as bw from '../../bindings/index.js';

interface Seen {
  type: number;
  id: number;
  succeeded?: number;
  message_type?: number;
  error?: string;
  reason?: string;
  code?: number;
  bytes?: Uint8Array;
}

const seen: Seen[] = [];
let wake = () => {};
bw.async_on('networking', (event) => {
  const copy: Seen = { ...event };
  if (event.type === bw.network_type_data) copy.bytes = bw.buffer_to_bytes(event.buffer);
  seen.push(copy);
  wake();
});

async function take(type: number, id: number): Promise<Seen> {
  for (;;) {
    const at = seen.findIndex((event) => event.type === type && event.id === id);
    if (at >= 0) return seen.splice(at, 1)[0];
    await new Promise<void>((done) => {
      wake = done;
    });
  }
}

function ok(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function send(id: number, bytes: Uint8Array): number {
  const b = bw.buffer_from(bytes);
  const sent = bw.network_send_packet(id, b, bytes.length);
  // Written again and freed at once: what was sent must not change.
  if (bytes.length > 0) bw.buffer_fill(b, 0, bw.buffer_u8, 0xee, bytes.length);
  bw.buffer_delete(b);
  return sent;
}

const pattern = (size: number, seed: number) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) & 255);
const equal = (a: Uint8Array | undefined, b: Uint8Array) =>
  a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);

const query = new URLSearchParams(location.search);
const cable = Number(query.get('cable'));
const raw = Number(query.get('raw'));

async function joined(): Promise<number> {
  const id = bw.network_create_socket(bw.network_socket_tcp);
  ok(bw.network_connect(id, '127.0.0.1', cable) === id, 'connect');
  const result = await take(bw.network_type_non_blocking_connect, id);
  ok(result.succeeded === 1, 'connected');
  return id;
}

const checks: Record<string, () => Promise<void>> = {
  async 'packets of 0 bytes to 4 MiB come back as they were'() {
    const id = await joined();
    for (const [i, size] of [0, 1, 125, 126, 65_535, 65_536, 4 * 1024 * 1024].entries()) {
      const bytes = pattern(size, i);
      ok(send(id, bytes) === size, `send ${size}`);
      ok(equal((await take(bw.network_type_data, id)).bytes, bytes), `echo ${size}`);
    }
    bw.network_destroy(id);
  },

  async 'many small packets of one task come back in order'() {
    const id = await joined();
    for (let i = 0; i < 1000; i++) send(id, Uint8Array.of(i & 255, i >> 8));
    for (let i = 0; i < 1000; i++) {
      const { bytes } = await take(bw.network_type_data, id);
      ok(equal(bytes, Uint8Array.of(i & 255, i >> 8)), `packet ${i}`);
    }
    ok(bw.network_get_stats(id)?.packets_in === 1000, 'stats');
    bw.network_destroy(id);
  },

  async 'raw connections carry bytes and text'() {
    const id = bw.network_create_socket(bw.network_socket_ws);
    bw.network_connect_raw(id, `ws://127.0.0.1:${raw}`, 0);
    await take(bw.network_type_non_blocking_connect, id);
    const b = bw.buffer_from(new TextEncoder().encode('é!'));
    bw.network_send_raw(id, b, 3, bw.network_send_text);
    const text = await take(bw.network_type_data, id);
    ok(text.message_type === bw.network_send_text, 'text comes back as text');
    ok(new TextDecoder().decode(text.bytes) === 'é!', 'the same text');
    bw.network_send_raw(id, b, 3);
    const binary = await take(bw.network_type_data, id);
    ok(binary.message_type === bw.network_send_binary, 'bytes as bytes');
    bw.buffer_delete(b);
    bw.network_destroy(id);
  },

  async 'the heartbeat measures round trip and clock'() {
    const id = await joined();
    for (;;) {
      const stats = bw.network_get_stats(id);
      if (stats?.round_trip_ms !== undefined) {
        ok(Math.abs(stats.clock_offset_ms ?? 1e9) < 60_000, 'the clocks of one machine agree');
        break;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    bw.network_destroy(id);
  },

  async 'a session survives a cut cable and loses nothing'() {
    bw.network_set_config(bw.network_config_reconnect, 1);
    bw.network_set_config(bw.network_config_reconnect_delay, 20);
    const id = await joined();
    for (let i = 0; i < 300; i++) {
      ok(send(id, pattern(i, i)) === i, `send ${i}`);
      if (i % 100 === 50) await fetch('/cut');
    }
    for (let i = 0; i < 300; i++) {
      ok(equal((await take(bw.network_type_data, id)).bytes, pattern(i, i)), `echo ${i}`);
    }
    await take(bw.network_type_resumed, id);
    bw.network_set_config(bw.network_config_reconnect, 0);
    bw.network_destroy(id);
  },

  async 'a page cannot listen, says when nobody is there, and may destroy at any moment'() {
    const none = bw.network_create_server(bw.network_socket_tcp, 0);
    ok(none === bw.network_error_unsupported, 'no server');
    const id = bw.network_create_socket(bw.network_socket_tcp);
    bw.network_connect(id, '127.0.0.1', 1);
    const refused = await take(bw.network_type_non_blocking_connect, id);
    ok(refused.succeeded === 0, 'refused');
    ok(refused.error === 'failed', `a page cannot know more than that it failed: ${refused.error}`);
    ok((refused.reason ?? '').length > 0, 'in a sentence');
    bw.network_connect(id, '127.0.0.1', cable);
    bw.network_destroy(id);
    ok(bw.network_get_stats(id) === undefined, 'gone');
  },

  async 'an end has its close code'() {
    const id = bw.network_create_socket(bw.network_socket_ws);
    bw.network_connect_raw(id, `ws://127.0.0.1:${raw}`, 0);
    await take(bw.network_type_non_blocking_connect, id);
    const b = bw.buffer_from(new TextEncoder().encode('go away'));
    bw.network_send_raw(id, b, 7, bw.network_send_text);
    bw.buffer_delete(b);
    const { code } = await take(bw.network_type_disconnect, id);
    ok(code === 1000, `1000, not ${code}`);
  },

  async 'names are resolved over HTTPS where a resolver is set'() {
    ok((await bw.network_resolve('localhost')) === '127.0.0.1', 'localhost');
    ok((await bw.network_resolve('game.example')) === 'game.example', 'left alone');
    bw.network_set_config(bw.network_config_resolver_url, `${location.origin}/dns-query`);
    ok((await bw.network_resolve('game.example')) === '192.0.2.7', 'resolved');
  },
};

const results: Record<string, string> = {};
for (const [title, check] of Object.entries(checks)) {
  try {
    await check();
    results[title] = 'ok';
  } catch (error) {
    results[title] = String(error);
  }
}
await fetch('/result', { method: 'POST', body: JSON.stringify(results) });
