// The same game traffic over bare `ws`: the same header and fields by hand in Buffers, one message a packet.
import { WebSocket, WebSocketServer } from 'ws';

const MAGIC = 0xdeadc0de;

function frame(size, number, value) {
  const bytes = Buffer.allocUnsafe(12 + size);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(12, 4);
  bytes.writeUInt32LE(size, 8);
  bytes.writeUInt32LE(number, 12);
  bytes.writeFloatLE(value, 16);
  return bytes;
}

/** The number in a packet. */
function parse(bytes) {
  if (bytes.length < 16 || bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== 12) {
    throw new Error('a wrong header');
  }
  if (bytes.readUInt32LE(8) !== bytes.length - 12) throw new Error('a wrong length');
  return bytes.readUInt32LE(12);
}

function listen(on_connection) {
  const server = new WebSocketServer({ port: 0, perMessageDeflate: false });
  server.on('connection', on_connection);
  return {
    server,
    port: server.address().port,
    stop() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

export function serve_echo(size) {
  return listen((ws) => ws.on('message', (data) => ws.send(frame(size, parse(data) + 1, 1.5))));
}

export function serve_count() {
  let count = 0;
  const listening = listen((ws) =>
    ws.on('message', (data) => {
      parse(data);
      count++;
    }),
  );
  return Object.defineProperty(listening, 'count', { get: () => count });
}

export function connect(port) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  return new Promise((done, fail) => ws.on('open', () => done(ws)).on('error', fail));
}

export function echo_client(ws, size, window) {
  let number = 0;
  let back = 0;
  const send = () => {
    ws.send(frame(size, number, 2.5));
    number += 2;
  };
  ws.on('message', (data) => {
    if (parse(data) !== back * 2 + 1) throw new Error('a wrong answer');
    back++;
    send();
  });
  for (let i = 0; i < window; i++) send();
  return () => back;
}

export function close(ws) {
  ws.terminate();
}

export { listen };
