// Datagrams over bare node-datachannel: the same channel, unordered and sent once, with the offer and answer handed over by hand.
import ndc from 'node-datachannel';

const CHANNEL = { unordered: true, maxRetransmits: 0 };
const CONFIG = { iceServers: [] };
// Kept while they are at work: a wrapper that is collected crashes its process.
const kept = new Set();

/** Description with all its candidates. */
function described(pc) {
  return new Promise((done) => {
    pc.onGatheringStateChange((state) => {
      if (state === 'complete') done(pc.localDescription());
    });
  });
}

/** Takes datagrams and counts them. `answer(offer)` gives the description for the other side. */
export function serve_count() {
  let count = 0;
  const connections = [];
  return {
    get count() {
      return count;
    },
    async answer({ sdp, type }) {
      const pc = new ndc.PeerConnection('server', CONFIG);
      connections.push(pc);
      pc.onDataChannel((channel) => {
        kept.add(channel);
        channel.onMessage(() => count++);
      });
      const ready = described(pc);
      // So that this side takes the handshake: the other way round its first packet is often lost, which costs a second.
      pc.setRemoteDescription(sdp.replace('a=setup:actpass', 'a=setup:active'), type);
      return ready;
    },
    stop() {
      for (const pc of connections) pc.close();
      kept.clear();
    },
  };
}

/** One attempt; it fails when the handshake outruns the answer. */
async function attempt(ask_answer) {
  const pc = new ndc.PeerConnection('client', CONFIG);
  const ready = described(pc);
  const channel = pc.createDataChannel('datagrams', CHANNEL);
  kept.add(pc).add(channel);
  const open = new Promise((done, fail) => {
    channel.onOpen(done);
    pc.onStateChange((state) => state === 'failed' && fail(new Error('not connected')));
  });
  open.catch(() => {});
  const { sdp, type } = await ask_answer(await ready);
  pc.setRemoteDescription(sdp, type);
  await open;
  return [pc, channel];
}

/** A channel to the server; `ask_answer(offer)` carries the offer there. */
export async function connect(ask_answer, attempts = 5) {
  let made;
  for (let left = attempts; made === undefined; left--) {
    try {
      made = await attempt(ask_answer);
    } catch (error) {
      if (left <= 1) throw error;
    }
  }
  const [pc, channel] = made;
  return {
    buffered: () => channel.bufferedAmount(),
    send: (bytes) => channel.sendMessageBinary(bytes),
    close() {
      channel.close();
      pc.close();
    },
  };
}
