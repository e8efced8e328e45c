// Networking on loopback: echoes, broadcasts and shared messages beside bare `ws`, a download beside fetch. Node only.

// Sockets are for those who ask for them: each part is loaded when it is measured.
const traffic =
  (name, ...rest) =>
  async (options) => {
    const { [name]: made } = await import('../net/traffic.mjs');
    return rest.length === 0 ? made(options) : made(...rest)(options);
  };
const garbage =
  (...rest) =>
  async (options) =>
    (await import('../net/garbage.mjs')).garbage(...rest)(options);
const webrtc = (name) => async (options) => (await import('../net/datagrams.mjs'))[name](options);
const snapshots = async (options) => (await import('../net/snapshots.mjs')).snapshots(options);
const http = async (options) => (await import('../net/http.mjs')).http_rows(options);

const SIZES = [64, 1024];
const SIZE_LABELS = { 64: '64 B', 1024: '1 KB' };
/** Clients, and the packets that each keeps under way. */
const CLIENTS = [
  [1, 128],
  [100, 8],
  [1000, 2],
];

const echo_cases = SIZES.flatMap((size) =>
  CLIENTS.map(([n, window]) => ({
    group: 'net',
    series: `echo ${SIZE_LABELS[size]}`,
    name: `net echo of ${SIZE_LABELS[size]}, ${n} client${n > 1 ? 's' : ''}`,
    bytes: size,
    x: n,
    unit: 'clients',
    ours: 'bytewire',
    heavy: n > 100,
    measure: traffic('echoes', n, size, window),
  })),
);

const broadcast_cases = SIZES.map((size) => ({
  group: 'net',
  series: 'broadcast, CPU time',
  name: `net broadcast of ${SIZE_LABELS[size]} to 1000 clients, CPU time per recipient`,
  bytes: size,
  ours: 'bytewire',
  heavy: true,
  measure: traffic('broadcasts', 1000, size),
}));

const garbage_cases = [
  [1, 64, 128],
  [100, 64, 8],
  [100, 1024, 8],
].map(([n, size, window]) => ({
  group: 'net',
  series: 'garbage',
  name: `net garbage per packet of ${SIZE_LABELS[size]}, ${n} client${n > 1 ? 's' : ''}`,
  bytes: size,
  x: n,
  unit: 'clients',
  ours: 'bytewire',
  heavy: true,
  measure: garbage(n, size, window),
}));

export const hosts = ['node'];
export const cases = [
  ...echo_cases,
  ...broadcast_cases,
  ...garbage_cases,
  {
    group: 'net',
    series: 'packets that share messages',
    name: 'net packets of 64 B that share messages',
    bytes: 64,
    ours: 'bytewire',
    measure: traffic('coalescing'),
  },
  {
    group: 'net',
    series: 'datagrams over WebRTC',
    name: 'net datagrams of 64 B over WebRTC, Node to Node',
    bytes: 64,
    ours: 'bytewire',
    measure: webrtc('datagrams'),
  },
  {
    group: 'net',
    series: 'snapshots over WebRTC, CPU time',
    name: 'net 30 snapshots a second of 1 KB to 100 clients over WebRTC, CPU time per recipient',
    bytes: 1024,
    ours: 'bytewire',
    heavy: true,
    measure: snapshots,
  },
  {
    group: 'net',
    series: 'connecting over WebRTC',
    name: 'net connecting over WebRTC, Node to Node, 15 at once',
    ours: 'bytewire',
    measure: webrtc('dials'),
  },
  {
    group: 'http',
    series: 'download into a buffer',
    name: 'http 64 MiB into a buffer',
    bytes: 64 << 20,
    ours: 'bytewire',
    measure: http,
  },
];
