// Goals of WebSockets, WebRTC and HTTP.
import { fact_share, least_ratio, own_value } from './measures.mjs';

const FETCH = 'fetch + arrayBuffer() + set';
const websocket = 'WebSocket';
const webrtc = 'WebRTC';
const http = 'HTTP';

const echoes = ['64 B', '1 KB'].flatMap((size) =>
  [1, 100, 1000].map((clients) => ({
    topic: websocket,
    row: `echo of ${size}, rate against bare ws`,
    column: `${clients} client${clients > 1 ? 's' : ''}`,
    must: 0.85,
    aim: 1,
    measure: least_ratio(`echo ${size}`, ['ws'], ({ x }) => x === clients),
  })),
);

// The goal speaks of our time over theirs: at most 1.0, to aim for 0.75.
const inverse = (measure) => (series) => {
  const ratio = measure(series);
  return typeof ratio === 'number' ? 1 / ratio : ratio;
};

const elsewhere = (topic, row, must, test, more = {}) => ({
  topic,
  row,
  must,
  elsewhere: test,
  ...more,
});
const less = { less: true };

const GARBAGE = [
  [1, 64, '64 B, 1 client'],
  [100, 64, '64 B, 100 clients'],
  [100, 1024, '1 KB, 100 clients'],
];

export const NETWORK_GOALS = [
  ...echoes,
  ...[64, 1024].map((size) => ({
    topic: websocket,
    row: 'broadcast to 1000 clients, CPU time per recipient of bare ws',
    column: size === 64 ? '64 B' : '1 KB',
    must: 1,
    aim: 0.75,
    less: true,
    measure: inverse(least_ratio('broadcast, CPU time', ['ws'], ({ bytes }) => bytes === size)),
  })),
  {
    topic: websocket,
    row: '64 B packets that share messages vs one message each',
    must: 3,
    measure: least_ratio('packets that share messages', ['bytewire, one message each']),
  },
  elsewhere(
    websocket,
    'wasm bytes allocated per packet after warm-up',
    0,
    'test/net/sending.test.ts',
    less,
  ),
  ...['server', 'client'].flatMap((side) =>
    GARBAGE.map(([clients, size, column]) => ({
      topic: websocket,
      row: `garbage per packet of that of bare ws, ${side}`,
      column,
      must: 1,
      less: true,
      measure: fact_share(
        'garbage',
        'ws',
        `${side}_garbage_bytes`,
        ({ x, bytes }) => x === clients && bytes === size,
      ),
    })),
  ),
  {
    topic: webrtc,
    row: '64 B datagrams, Node to Node, rate against bare node-datachannel',
    must: 0.8,
    measure: least_ratio('datagrams over WebRTC', ['node-datachannel']),
  },
  {
    topic: webrtc,
    row: '100 clients x 30 snapshots of 1 KB a second: cores',
    must: 1,
    less: true,
    measure: own_value('snapshots over WebRTC, CPU time', ({ cores }) => cores),
  },
  {
    topic: webrtc,
    row: 'connect time, Node to Node, p95 at 15 dials at once',
    must: 150,
    unit: 'ms',
    digits: 0,
    less: true,
    measure: own_value('connecting over WebRTC', ({ p95_ms }) => p95_ms),
  },
  elsewhere(webrtc, 'connect time, Chromium to Node, p95', 400, 'bench/net/page-dials.mjs', { unit: 'ms', ...less }),
  {
    topic: webrtc,
    row: '200 dials: failures after the built-in retry',
    must: 0,
    digits: 0,
    less: true,
    measure: own_value('connecting over WebRTC', ({ failures }) => failures),
  },
  elsewhere(webrtc, 'loopback delivery', 99, 'test/net/udp.test.ts', { unit: '%' }),
  elsewhere(webrtc, 'stalled channel: recovers within', 3, 'test/browser/udp-traffic.test.ts', { unit: 's', ...less }),
  elsewhere(webrtc, '5 % loss: delivered', 93, 'test/net/udp-loss.test.ts', { unit: '%' }),
  elsewhere(webrtc, '5 % loss: longest hole', 300, 'test/net/udp-loss.test.ts', {
    unit: 'ms',
    ...less,
  }),
  {
    topic: http,
    row: '64 MiB into a buffer, speed against bare fetch',
    must: 0.9,
    measure: least_ratio('download into a buffer', [FETCH]),
  },
  {
    topic: http,
    row: '64 MiB into a buffer, peak memory of that of bare fetch',
    must: 0.5,
    less: true,
    measure: fact_share('download into a buffer', FETCH, 'memory_mib'),
  },
];
