// A server process of the hand-over test: counts packets both ways, and at a word writes its state to files and ends by itself.
// usage: node handover-server.mjs FOLDER PORT [resume]
import { readFileSync, writeFileSync } from 'node:fs';
import * as bw from 'bytewire';

const [folder, port, resume] = process.argv.slice(2);
const server = bw.network_create_server(bw.network_socket_tcp, Number(port), 64);
const players = new Map();
const problems = [];

if (resume) {
  const bytes = bw.buffer_from(readFileSync(`${folder}/sessions`));
  const n = bw.network_server_resume(server, bytes);
  for (const [id, player] of JSON.parse(readFileSync(`${folder}/game`, 'utf8')))
    players.set(id, player);
  if (n !== players.size) problems.push(`${n} sessions, ${players.size} players`);
  bw.buffer_delete(bytes);
}

bw.async_on('networking', ({ type, socket, id, buffer, reason }) => {
  if (type === bw.network_type_connect) players.set(socket, { up: 0, down: 0 });
  else if (type === bw.network_type_disconnect) problems.push(`${socket} has left: ${reason}`);
  else if (type === bw.network_type_data) {
    const player = players.get(id);
    const number = bw.buffer_read_u32(buffer);
    if (number !== player.up) problems.push(`${id}: packet ${number} in place of ${player.up}`);
    player.up = number + 1;
  }
});

const packet = bw.buffer_create(4, bw.buffer_fixed, 1);
const sending = setInterval(() => {
  for (const [socket, player] of players) {
    bw.buffer_poke(packet, 0, bw.buffer_u32, player.down);
    if (bw.network_send_packet(socket, packet, 4) === 4) player.down++;
  }
}, 5);

process.on('message', (word) => {
  clearInterval(sending);
  if (word === 'count') {
    process.send({ players: [...players], problems });
    return;
  }
  const bytes = bw.buffer_create(64, bw.buffer_grow, 1);
  const suspended = bw.network_server_suspend(server, bytes);
  writeFileSync(`${folder}/sessions`, bw.buffer_to_bytes(bytes, 0, bw.buffer_tell(bytes)));
  // What had arrived is delivered within the next turns.
  setTimeout(() => {
    writeFileSync(`${folder}/game`, JSON.stringify([...players]));
    process.send({ suspended, problems });
    process.disconnect();
  }, 50);
});
process.send({ port: bw.network_get_stats(server).port });
