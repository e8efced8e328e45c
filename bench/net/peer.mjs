// The other process of a network benchmark: does what it is told over IPC.

import { randomBytes } from 'node:crypto';
import { connect as tcp } from 'node:net';
import { constants, PerformanceObserver } from 'node:perf_hooks';

let serving;
let sinks = [];
let counts = [];
let collections = 0;
let observer;

/** A WebSocket client that does the handshakes and then only counts bytes: its own cost must not matter. */
function sink(port, framed) {
  return new Promise((done, fail) => {
    const socket = tcp(port, '127.0.0.1');
    socket.on('error', fail);
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    let head = '';
    let said = false;
    const mine = { socket, bytes: 0 };
    socket.on('data', (data) => {
      mine.bytes += data.length;
      if (said) return;
      head += data.toString('latin1');
      if (framed && head.includes('GM:Studio-Connect\0')) {
        // Step 2, masked with zeros.
        const reply = Buffer.from('bebafeca0bb0adde1000000000000000', 'hex');
        socket.write(Buffer.concat([Buffer.from([0x82, 0x80 | 16, 0, 0, 0, 0]), reply]));
        said = true;
        done(mine);
      } else if (!framed && head.includes('\r\n\r\n')) {
        said = true;
        done(mine);
      }
    });
  });
}

process.on('message', async ({ ask, ...how }) => {
  try {
    process.send({ answer: await answers[ask](how) });
  } catch (error) {
    process.send({ failed: String(error?.stack ?? error) });
  }
});

const answers = {
  async serve({ kind, what, size }) {
    const impl = await import(`./${kind}.mjs`);
    serving = impl[what](size);
    return serving.port;
  },
  count: () => serving.count,
  answer: ({ offer }) => serving.answer(offer),
  stop() {
    serving?.stop();
    serving = undefined;
  },
  async sinks({ port, n, framed }) {
    sinks = [];
    for (let i = 0; i < n; i += 50) {
      const batch = Array.from({ length: Math.min(50, n - i) }, () => sink(port, framed));
      sinks.push(...(await Promise.all(batch)));
    }
  },
  /** Clients that keep packets going. */
  async echo({ kind, port, size, n, window }) {
    const impl = await import(`./${kind}.mjs`);
    const clients = await Promise.all(Array.from({ length: n }, () => impl.connect(port)));
    counts = clients.map((client) => impl.echo_client(client, size, window));
  },
  /** Collects everything, and counts collections from here on. */
  forget() {
    if (observer === undefined) {
      observer = new PerformanceObserver((list) => {
        // Those that `forget` asks for are told late, and are not meant.
        const { NODE_PERFORMANCE_GC_FLAGS_FORCED: FORCED } = constants;
        collections += list.getEntries().filter(({ detail }) => !(detail.flags & FORCED)).length;
      });
      observer.observe({ entryTypes: ['gc'] });
    }
    globalThis.gc();
    collections = 0;
  },
  used() {
    const { heapUsed, external } = process.memoryUsage();
    const packets = counts.reduce((sum, count) => sum + count(), 0);
    return { bytes: heapUsed + external, packets, collections };
  },
  async dial({ port, n, batch }) {
    const { dial, count_data, close } = await import('./ours.mjs');
    const ids = [];
    serving = count_data(ids);
    serving.hang_up = () => ids.forEach(close);
    for (let i = 0; i < n; i += batch) {
      const some = Array.from({ length: Math.min(batch, n - i) }, () => dial(port));
      for (const id of await Promise.all(some)) serving.add(id);
    }
  },
  hang_up: () => serving.hang_up(),
  bytes: () => sinks.reduce((sum, { bytes }) => sum + bytes, 0),
  drop() {
    for (const { socket } of sinks) {
      socket.on('error', () => {});
      socket.destroy();
    }
    sinks = [];
  },
};
process.on('disconnect', () => process.exit(0));
