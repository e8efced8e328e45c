// The client process of the soak: many bytewire clients behind cables that are cut at random, and readers that do not read.
import { connect, createServer } from 'node:net';
import * as bw from 'bytewire';
import { WebSocket } from 'ws';
import { memory } from './memory.mjs';

const clients = new Map();
const cables = new Set();
const slow = [];
const problems = [];
let ended = 0;
let listener;
let sending;
let cutting;

bw.network_set_config(bw.network_config_reconnect, 1);

let on_open = () => {};
bw.async_on('networking', ({ type, id, buffer, size, succeeded, reason }) => {
  const client = clients.get(id);
  if (type === bw.network_type_non_blocking_connect) on_open(id, succeeded);
  else if (type === bw.network_type_disconnect) {
    ended++;
    problems.push(`client ${id} was disconnected: ${reason}`);
  } else if (type === bw.network_type_data) {
    const number = bw.buffer_read_u32(buffer);
    if (number !== client.received)
      problems.push(`${id}: ${number} in place of ${client.received}`);
    if (size !== 4 + (number % 300)) problems.push(`${id}: ${size} bytes in packet ${number}`);
    client.received = number + 1;
  }
});

/** All clients go through here, so that their links can be cut. */
async function lay_cables(port) {
  listener = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    const pair = [near, far];
    cables.add(pair);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        cables.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise((done) => listener.listen(0, '127.0.0.1', 2048, done));
  return listener.address().port;
}

const packet = bw.buffer_create(400, bw.buffer_fixed, 1);

const answers = {
  async slow({ port, n }) {
    for (let i = 0; i < n; i++) {
      const ws = new WebSocket(`ws://127.0.0.1:${port}`);
      ws.on('error', () => {});
      await new Promise((done) => ws.once('message', done));
      ws.send(Buffer.from('bebafeca0bb0adde1000000000000000', 'hex'));
      await new Promise((done) => ws.once('message', done));
      // It reads nothing, but it lives: without a word the heartbeat would end it.
      ws.pause();
      const alive = setInterval(
        () => ws.send(Buffer.from('dec0adde0c00000000000000', 'hex')),
        4000,
      );
      ws.on('close', () => clearInterval(alive));
      slow.push(ws);
    }
  },
  async connect({ port, n }) {
    const cable_port = await lay_cables(port);
    for (let i = 0; i < n; i += 50) {
      let waiting = Math.min(50, n - i);
      await new Promise((done, fail) => {
        on_open = (_, ok) => {
          if (ok !== 1) fail(new Error('a client could not connect'));
          if (--waiting === 0) done();
        };
        for (let k = Math.min(50, n - i); k > 0; k--) {
          const id = bw.network_create_socket(bw.network_socket_tcp);
          clients.set(id, { sent: 0, received: 0 });
          bw.network_connect(id, '127.0.0.1', cable_port);
        }
      });
    }
  },
  start({ rate }) {
    sending = setInterval(() => {
      for (const [id, client] of clients) {
        bw.buffer_poke(packet, 0, bw.buffer_u32, client.sent);
        const size = 4 + (client.sent % 300);
        if (bw.network_send_packet(id, packet, size) === size) client.sent++;
      }
    }, 1000 / rate);
    cutting = setInterval(() => {
      for (const [near, far] of cables) {
        if (Math.random() < 0.004) (Math.random() < 0.5 ? near : far).destroy();
      }
    }, 100);
  },
  stop() {
    clearInterval(sending);
    clearInterval(cutting);
  },
  async memory() {
    return { memory: await memory() };
  },
  report() {
    const all = [...clients.values()];
    return {
      report: {
        sent: all.reduce((sum, { sent }) => sum + sent, 0),
        received: all.reduce((sum, { received }) => sum + received, 0),
        open: [...clients.keys()].filter((id) => bw.network_get_state(id) === bw.network_state_open)
          .length,
        ended,
        problems: [
          ...new Set(problems.map((text) => text.replace(/client \d+/, 'a client'))),
        ].slice(0, 5),
      },
    };
  },
  end() {
    for (const id of clients.keys()) bw.network_destroy(id);
    for (const ws of slow) ws.terminate();
    listener.close();
  },
};

process.on('message', async ({ ask, ...how }) => {
  try {
    process.send({ ...(await answers[ask](how)), answer_to: ask });
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    process.disconnect();
  }
});
