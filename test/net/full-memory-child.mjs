// The process of the test of full memory: its linear memory is filled to the last kilobyte, then packets come in.
import * as bw from 'bytewire';

const seen = [];
let wake = () => {};
bw.async_on('networking', ({ type, id, socket, size, reason }) => {
  seen.push({ type, id, socket, size, reason });
  wake();
});
async function take(type, id) {
  for (;;) {
    const at = seen.findIndex((event) => event.type === type && (id ?? event.id) === event.id);
    if (at >= 0) return seen.splice(at, 1)[0];
    await new Promise((done) => {
      wake = done;
    });
  }
}

async function pair(type, make, connect) {
  const hub = make(type, 0);
  const id = bw.network_create_socket(type);
  connect(id, '127.0.0.1', bw.network_get_stats(hub).port);
  await take(bw.network_type_non_blocking_connect);
  const { socket: peer } = await take(bw.network_type_connect);
  return { hub, id, peer };
}

const SIZE = 200_000;
const packet = bw.buffer_create(SIZE, bw.buffer_fixed, 1);
bw.buffer_fill(packet, 0, bw.buffer_u8, 120, SIZE);
const { network_socket_tcp: tcp, network_socket_udp: udp } = bw;
const framed = await pair(tcp, bw.network_create_server, bw.network_connect);
const raw = await pair(tcp, bw.network_create_server_raw, bw.network_connect_raw);
const text = await pair(tcp, bw.network_create_server_raw, bw.network_connect_raw);
const datagrams = await pair(udp, bw.network_create_server, bw.network_connect);

const fill = [];
for (let size = 2 ** 30; size >= 1024; ) {
  try {
    fill.push(bw.buffer_create(size, bw.buffer_fixed, 1));
  } catch {
    size /= 2;
  }
}
const report = {};
bw.network_send_packet(framed.id, packet, SIZE);
bw.network_send_raw(raw.id, packet, SIZE);
bw.network_send_raw(text.id, packet, SIZE, bw.network_send_text);
for (const [name, { hub, id }] of Object.entries({ framed, raw, text })) {
  const there = (await take(bw.network_type_disconnect, hub)).reason;
  const here = (await take(bw.network_type_disconnect, id)).reason;
  report[name] = { there, here, drops: bw.network_get_stats(hub).drops };
}
// A datagram that finds no room is one that is lost: the connection stays.
const out_of_memory = () => bw.network_get_stats(datagrams.peer)?.drops.out_of_memory;
while (out_of_memory() === undefined) {
  bw.network_send_packet(datagrams.id, packet, SIZE);
  await new Promise((done) => setTimeout(done, 20));
}
report.datagrams = bw.network_get_state(datagrams.peer);
report.delivered = seen.filter(({ type }) => type === bw.network_type_data).length;

for (const buffer of fill) bw.buffer_delete(buffer);
bw.network_connect(framed.id, '127.0.0.1', bw.network_get_stats(framed.hub).port);
await take(bw.network_type_non_blocking_connect);
bw.network_send_packet(framed.id, packet, SIZE);
report.again = (await take(bw.network_type_data)).size;
bw.network_send_packet(datagrams.id, packet, 1000);
do report.datagram = (await take(bw.network_type_data)).size;
while (report.datagram === SIZE);
for (const { hub, id } of [framed, raw, text, datagrams]) {
  bw.network_destroy(id);
  bw.network_destroy(hub);
}
process.send(report);
process.disconnect();
