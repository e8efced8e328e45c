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
  const pc = new ndc.PeerConnection('server', CONFIG);
  kept.add(pc);
  pc.onDataChannel((channel) => {
    kept.add(channel);
    channel.onMessage(() => count++);
  });
  return {
    get count() {
      return count;
    },
    async answer({ sdp, type }) {
      const ready = described(pc);
      pc.setRemoteDescription(sdp, type);
      return ready;
    },
    stop() {
      pc.close();
      kept.clear();
    },
  };
}

/** A channel to the server; `ask_answer(offer)` carries the offer there. */
export async function connect(ask_answer) {
  const pc = new ndc.PeerConnection('client', CONFIG);
  const ready = described(pc);
  const channel = pc.createDataChannel('datagrams', CHANNEL);
  kept.add(pc).add(channel);
  const open = new Promise((done) => channel.onOpen(done));
  const { sdp, type } = await ask_answer(await ready);
  pc.setRemoteDescription(sdp, type);
  await open;
  return {
    buffered: () => channel.bufferedAmount(),
    send: (bytes) => channel.sendMessageBinary(bytes),
    close() {
      channel.close();
      pc.close();
    },
  };
}
