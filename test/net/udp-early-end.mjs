// A channel that the other side closes while this one is busy: the process has to end by itself.
// usage: node udp-early-end.mjs BUNDLE-OF-bindings/rtc/node.ts
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { node_rtc } = await import(pathToFileURL(process.argv[2]).href);
const lib = createRequire(process.argv[2])('node-datachannel');
const busy = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

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
      busy(500);
      channel.close();
      busy(500);
      setTimeout(() => {
        host.close();
        visitor.close();
        console.log(heard ? 'heard of' : 'dead on arrival');
      }, 300);
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
// Held until the end: the library crashes over what is collected too early.
process.on('exit', () => [visitor, channel]);
