// A channel that the other side closes while this one is busy: the process has to end by itself.
// With `left` it is the visitor who ends the connection, and the process has something else to do for a while.
// usage: node udp-early-end.mjs BUNDLE-OF-bindings/rtc/node.ts [left]
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { node_rtc } = await import(pathToFileURL(process.argv[2]).href);
const lib = createRequire(process.argv[2])('node-datachannel');
const busy = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

/** What a server has to do meanwhile: nothing of ours may hold it up. */
function at_work() {
  let longest_ms = 0;
  let last_ms = performance.now();
  const timer = setInterval(() => {
    const now_ms = performance.now();
    longest_ms = Math.max(longest_ms, now_ms - last_ms);
    last_ms = now_ms;
  }, 20);
  setTimeout(() => {
    clearInterval(timer);
    console.log(longest_ms < 8000 ? 'not held up' : `held up for ${Math.round(longest_ms)} ms`);
  }, 2000);
}

const left = process.argv[3] === 'left';
const visitor = new lib.PeerConnection('visitor', { iceServers: [] });
let heard = false;
const host = node_rtc.open_peer(
  { ice_servers: [] },
  {
    description: (type, sdp) => visitor.setRemoteDescription(sdp, type),
    candidate: (candidate, mid) => visitor.addRemoteCandidate(candidate, mid),
    state: (state) => {
      if (state !== 'connected') return;
      // What the native threads do meanwhile is heard of afterwards.
      const until = performance.now() + 30_000;
      while (!channel.isOpen() && performance.now() < until);
      channel.close();
      busy(1000);
      setTimeout(() => {
        if (!left) host.close();
        visitor.close();
        console.log(heard ? 'heard of' : 'dead on arrival');
      }, 300);
      if (left) at_work();
    },
    channel: (one) => {
      heard = one.open;
    },
    broken: () => {},
  },
);
visitor.onLocalDescription((sdp, type) => host.remote_description(type, sdp));
visitor.onLocalCandidate((candidate, mid) => host.remote_candidate(candidate, mid));
const channel = visitor.createDataChannel('bytewire.udp', { unordered: true, maxRetransmits: 0 });
// Without these nothing lets go of them.
channel.onClosed(() => {});
visitor.onStateChange(() => {});
// Held until the end: the library crashes over what is collected too early.
process.on('exit', () => [visitor, channel]);
