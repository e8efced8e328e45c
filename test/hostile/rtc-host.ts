// A host that misbehaves, over bare `ws` and `node-datachannel`: signaling server and peer in one, every step can go another way.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as Ndc from 'node-datachannel';
import { type WebSocket, WebSocketServer } from 'ws';
import { afterwards } from '../net/harness.js';

const ndc = createRequire(import.meta.url)('node-datachannel') as typeof Ndc;

/** Native objects are kept until they are closed. */
const kept = new Set<object>();

export interface Ways {
  /** What is said in place of `joined`. */
  joined?: (ws: WebSocket) => void;
  /** Before the offer is answered. */
  peer?: (pc: Ndc.PeerConnection, ws: WebSocket) => void;
  /** Changes the answer; '' says nothing. */
  answer?: (sdp: string, ws: WebSocket) => string;
  candidate?: (ws: WebSocket, candidate: string, mid: string) => void;
  /** A channel of the visitor has come. */
  channel?: (channel: Ndc.DataChannel, pc: Ndc.PeerConnection, ws: WebSocket) => void;
}

/** An offer of one who takes larger messages than it says. */
function heard_as(sdp: string): string {
  return sdp
    .replace('setup:actpass', 'setup:active')
    .replace(/a=max-message-size:\d+/, 'a=max-message-size:1000000');
}

/** Its port. `visits`: how many have said `join` so far. */
export async function bad_host(
  ways: Ways,
): Promise<{ port: number; visits: number; stop(): void }> {
  const wss = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'bytewire.signaling.1',
  });
  await once(wss, 'listening');
  const made = { port: (wss.address() as AddressInfo).port, visits: 0, stop };
  const pcs = new Set<Ndc.PeerConnection>();
  wss.on('connection', (ws) => {
    let pc: Ndc.PeerConnection | undefined;
    const say = (message: object) => setImmediate(() => ws.send(JSON.stringify(message), () => {}));
    ws.on('error', () => {});
    ws.on('message', (data) => {
      const said = JSON.parse(String(data));
      if (said.t === 'join') {
        made.visits++;
        if (ways.joined) ways.joined(ws);
        else say({ t: 'joined', peer: 0, resume: 'x', restart: true, ice: [] });
      } else if (said.t === 'offer' && pc === undefined) {
        pc = new ndc.PeerConnection('bad', { iceServers: [], maxMessageSize: 1_000_000 });
        const mine = pc;
        kept.add(mine);
        pcs.add(mine);
        mine.onStateChange((state) => {
          if (state === 'closed') kept.delete(mine);
        });
        mine.onLocalDescription((sdp, type) => {
          setImmediate(() => {
            const told = ways.answer ? ways.answer(sdp, ws) : sdp;
            if (told !== '') say({ t: type, peer: 0, sdp: told });
          });
        });
        mine.onLocalCandidate((candidate, mid) => {
          setImmediate(() => {
            if (ways.candidate) ways.candidate(ws, candidate, mid);
            else say({ t: 'candidate', peer: 0, candidate, mid });
          });
        });
        mine.onDataChannel((channel) => {
          kept.add(channel);
          channel.onClosed(() => kept.delete(channel));
          channel.onMessage(() => {});
          setImmediate(() => ways.channel?.(channel, mine, ws));
        });
        ways.peer?.(mine, ws);
        try {
          mine.setRemoteDescription(heard_as(said.sdp), 'offer');
        } catch {}
      } else if (said.t === 'candidate') {
        try {
          pc?.addRemoteCandidate(said.candidate, said.mid);
        } catch {}
      }
    });
  });
  function stop(): void {
    for (const pc of pcs) pc.close();
    pcs.clear();
    for (const ws of wss.clients) ws.terminate();
    wss.close();
  }
  afterwards(stop);
  return made;
}

const hear =
  (message: object, n = 1) =>
  (ws: { send(text: string): void }) => {
    for (let i = 0; i < n; i++) ws.send(JSON.stringify(message));
  };
const joined = { t: 'joined', peer: 0, resume: 'x', restart: true, ice: [] };

function hang_up(ws: WebSocket): string {
  ws.close();
  return '';
}

/** They let nobody in: how, and what visitors hear. */
export const CLOSED: [string, Ways, RegExp][] = [
  ['says nothing to join', { joined: () => {} }, /timeout: the host has not answered in time/],
  ['closes at join', { joined: (ws) => ws.close() }, /no_signaling: /],
  ['cuts at join', { joined: (ws) => ws.terminate() }, /no_signaling: /],
  ['never answers', { answer: () => '' }, /timeout: the host has not answered in time/],
  ['closes in place of an answer', { answer: (_, ws) => hang_up(ws) }, /no_signaling: /],
  ['answers with garbage', { answer: () => 'v=0\r\ngarbage' }, /ice_failed: \w+/],
  [
    'answers with the fingerprint of another',
    { answer: (sdp) => sdp.replace(/(a=fingerprint:sha-256 )../, '$100') },
    /ice_failed: \w+/,
  ],
  [
    'answers with another password',
    { answer: (sdp) => sdp.replace(/a=ice-pwd:..../, 'a=ice-pwd:xxxx') },
    /ice_failed: no way/,
  ],
  [
    'answers to the offer with an offer',
    { joined: hear({ t: 'offer', peer: 0, sdp: 'v=0\r\n' }), answer: () => '' },
    /timeout/,
  ],
  ['says joined a hundred times', { joined: hear(joined, 100), answer: () => '' }, /timeout/],
  [
    'sends it to another room',
    {
      joined: hear({
        t: 'bye',
        peer: 0,
        reason: 'no_room',
        message: 'go to ROOM2',
        room: 'ROOM2',
        url: 'ws://127.0.0.1:1',
      }),
    },
    /no_room: go to ROOM2/,
  ],
  [
    'dies behind its answer',
    { peer: (pc) => void setTimeout(() => pc.close(), 0) },
    /ice_failed|timeout/,
  ],
];

const raw = (channel: { sendMessageBinary(bytes: Buffer): boolean }, ...all: Buffer[]) => {
  for (const bytes of all) channel.sendMessageBinary(bytes);
};

function part(number: number, of: number, index: number, n = 262_144): Buffer {
  const bytes = Buffer.alloc(12 + 16);
  bytes[0] = 1;
  bytes.writeUIntLE(number, 1, 3);
  bytes.writeUIntLE(n, 6, 3);
  bytes.writeUIntLE(index | ((of - 1) << 12), 9, 3);
  return bytes;
}

const probe = Buffer.from('02000000000000000000f03f', 'hex');
const labels = ['', 'x', 'bytewire.udp', 'bytewire.tcp', 'x'.repeat(60_000), '\u0000', '__proto__'];

/** They let in; `true`: and end it themselves. */
export const OPEN: [string, Ways, boolean][] = [
  [
    'opens channels of its own',
    { channel: (_, pc) => labels.forEach((label) => void pc.createDataChannel(label)) },
    false,
  ],
  [
    'opens two hundred channels',
    {
      channel(_, pc) {
        for (let i = 0; i < 200; i++) pc.createDataChannel(`x${i}`);
      },
    },
    false,
  ],
  [
    'opens channels before the visitor',
    {
      peer: (pc) =>
        labels.forEach(
          (label) =>
            void pc.createDataChannel(label, {
              negotiated: true,
              id: 1000 + (label.length % 7),
              protocol: 'x'.repeat(9),
            }),
        ),
    },
    false,
  ],
  [
    'says messages of no bytes, one byte, text',
    {
      channel: (ch) => {
        raw(ch, Buffer.alloc(0), Buffer.from([1]), Buffer.alloc(16_385));
        ch.sendMessage('bye');
        ch.sendMessage('\u0000');
      },
    },
    false,
  ],
  [
    'sends parts that never end',
    {
      channel: (ch) => {
        for (let i = 0; i < 5000; i++) raw(ch, part(i, 4096, i % 4096));
      },
    },
    false,
  ],
  [
    'asks thousands of probes',
    {
      channel: (ch) => {
        for (let i = 0; i < 20_000; i++) raw(ch, probe);
      },
    },
    false,
  ],
  ['closes its channel at once', { channel: (ch) => ch.close() }, true],
  ['closes its connection at once', { channel: (_, pc) => pc.close() }, true],
  [
    'says bye with a very long reason',
    { channel: (ch) => void ch.sendMessage(`bye 1000 ${'x'.repeat(60_000)}`) },
    true,
  ],
  [
    'says more than any channel takes',
    { channel: (ch) => void ch.sendMessageBinary(Buffer.alloc(262_145)) },
    true,
  ],
  [
    'says more than it may',
    { channel: (ch) => void ch.sendMessageBinary(Buffer.alloc(65_537)) },
    true,
  ],
];
