// One end of a dial, over bare `ws` and `node-datachannel`, whose process dies at a given step: node rtc-dying.mjs ROLE PORT STEP
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { WebSocket } = require('ws');
const { PeerConnection } = require('node-datachannel');
const [role, port, step] = process.argv.slice(2);

function reached(now) {
  if (now === step) process.kill(process.pid, 'SIGKILL');
}

const ws = new WebSocket(`ws://127.0.0.1:${port}`, 'bytewire.signaling.1');
const say = (message) => setImmediate(() => ws.send(JSON.stringify(message)));
let pc;
let number = 0;

function peer() {
  pc = new PeerConnection('dying', { iceServers: [] });
  pc.onStateChange(() => {});
  pc.onLocalDescription((sdp, type) => {
    say({ t: type, peer: number, sdp });
    // What was said has to leave first.
    setTimeout(() => reached(`said ${type}`), 20);
  });
  pc.onLocalCandidate((candidate, mid) => {
    say({ t: 'candidate', peer: number, candidate, mid });
    setTimeout(() => reached('said candidate'), 20);
  });
  return pc;
}

function use(channel) {
  const opened = () => setImmediate(() => reached('open'));
  if (channel.isOpen()) opened();
  else channel.onOpen(opened);
  channel.onMessage(() => setImmediate(() => reached('talking')));
  channel.onClosed(() => {});
  globalThis.channel = channel;
}

ws.on('open', () => {
  reached('connected');
  if (role === 'host') say({ t: 'host', room: 'R', key: 'a key of its own, long' });
  else say({ t: 'join', room: '', token: '', resume: '', bound: 0, channel: 'bytewire.udp' });
  setTimeout(() => reached('called'), 20);
});
ws.on('message', (data) => {
  const said = JSON.parse(data);
  reached(`heard ${said.t}`);
  if (said.t === 'hosted') process.send?.('hosted');
  else if (said.t === 'visit') {
    number = said.peer;
    say({ t: 'joined', peer: number, resume: 'x', restart: false, ice: [] });
    setTimeout(() => reached('said joined'), 20);
  } else if (said.t === 'joined') {
    use(peer().createDataChannel('bytewire.udp', { unordered: true, maxRetransmits: 0 }));
  } else if (said.t === 'offer') {
    peer().onDataChannel(use);
    pc.setRemoteDescription(said.sdp.replace('setup:actpass', 'setup:active'), 'offer');
  } else if (said.t === 'answer') pc.setRemoteDescription(said.sdp, 'answer');
  else if (said.t === 'candidate') pc.addRemoteCandidate(said.candidate, said.mid);
});
ws.on('error', () => {});
ws.on('close', () => process.exit(3));
