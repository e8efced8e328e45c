// The other process of the UDP tests.
// usage: node udp-child.mjs server [port] | client PORT | lives | dazed
import * as bw from 'bytewire';

const { network_socket_udp: udp } = bw;
const [what, port = '0'] = process.argv.slice(2);
const say = (word) => process.send?.(word);
const echo = ({ type, id, buffer, size }) => {
  if (type === bw.network_type_data) bw.network_send_packet(id, buffer, size);
};

/** A server that answers with what it gets. */
async function serve() {
  let server;
  // The port of a process that was killed a moment ago may be taken for a little while.
  for (let i = 0; i < 100; i++) {
    server = bw.network_create_server(udp, Number(port), 64);
    if (server !== bw.network_error_address) break;
    await new Promise((done) => setTimeout(done, 20));
  }
  bw.async_on('networking', echo);
  say({ port: bw.network_get_stats(server).port });
}

/** A server that tells its parent what happens, and is busy for as long as it is told to be. */
function daze() {
  const server = bw.network_create_server(udp, 0, 64);
  bw.async_on('networking', ({ type, size, reason }) => say({ type, size, reason }));
  process.on('message', ({ busy_ms }) => {
    const end = performance.now() + busy_ms;
    say({ busy: true });
    while (performance.now() < end);
  });
  say({ port: bw.network_get_stats(server).port });
}

function join() {
  const id = bw.network_create_socket(udp);
  bw.async_on('networking', (event) => {
    echo(event);
    if (event.type === bw.network_type_non_blocking_connect) say({ succeeded: event.succeeded });
  });
  bw.network_connect(id, '127.0.0.1', Number(port));
}

const next = (type) =>
  new Promise((done) => {
    const off = bw.async_on('networking', (event) => {
      if (event.type !== type) return;
      off();
      done(event);
    });
  });

/** Everything once, then nothing: the process has to end by itself, whatever its listeners throw. */
async function live() {
  const thrown = { listeners: 0, uncaught: 0 };
  process.on('uncaughtException', (error) => {
    if (error.message !== 'mine') throw error;
    thrown.uncaught++;
  });
  const fail = () => {
    throw new Error('mine');
  };
  bw.async_on('networking', fail);
  const off = bw.async_on('error', ({ error }) => {
    if (error.message !== 'mine') throw error;
    thrown.listeners++;
  });
  const server = bw.network_create_server(udp, 0, 8, { join: () => true });
  const { port } = bw.network_get_stats(server);
  const packet = bw.buffer_from(new Uint8Array(100));

  const id = bw.network_create_socket(udp);
  const joined = next(bw.network_type_connect);
  const connected = next(bw.network_type_non_blocking_connect);
  bw.network_connect(id, '127.0.0.1', port);
  await joined;
  await connected;
  const data = next(bw.network_type_data);
  bw.network_send_packet(id, packet, 100);
  await data;
  const gone = next(bw.network_type_disconnect);
  bw.network_destroy(id);
  await gone;

  // Without any listener for errors.
  off();
  const bound = bw.network_create_socket_ext(udp, 0);
  const free = bw.network_create_socket(udp);
  const heard = next(bw.network_type_data);
  bw.network_send_udp(free, '127.0.0.1', bw.network_get_stats(bound).port, packet, 50);
  await heard;

  const client = new bw.WebRTCClient();
  client.onmessage = client.onclose = fail;
  const visitor = next(bw.network_type_connect);
  await client.connect(`ws://127.0.0.1:${port}`);
  const { socket } = await visitor;
  bw.network_send_packet(socket, packet, 10);
  await new Promise((done) => setTimeout(done, 100));
  bw.network_destroy(socket);
  await new Promise((done) => setTimeout(done, 100));

  // Checks at the door that throw let nobody in.
  for (const options of [
    { join: fail },
    { join: async () => fail() },
    { origin: fail },
    { ice_servers: fail },
    { ice_servers: async () => 'nonsense' },
  ]) {
    const closed = bw.network_create_server(udp, 0, 8, options);
    const refused = next(bw.network_type_non_blocking_connect);
    const visitor = bw.network_create_socket(udp);
    bw.network_connect(visitor, '127.0.0.1', bw.network_get_stats(closed).port);
    const { succeeded, error } = await refused;
    if (succeeded !== 0) throw new Error('it was let in');
    thrown[error] = (thrown[error] ?? 0) + 1;
    bw.network_destroy(visitor);
    bw.network_destroy(closed);
  }
  for (const one of [bound, free, server]) bw.network_destroy(one);
  console.log(JSON.stringify(thrown));
}

await { server: serve, client: join, lives: live, dazed: daze }[what]();
