// A process under test: does what its parent asks with the built package, tells of all events, and is to exit by itself.
import { createRequire } from 'node:module';
import * as bw from '../../dist/node/index.js';

// Counts the native connections that are alive.
const ndc = createRequire(import.meta.url)('node-datachannel');
const Native = ndc.PeerConnection;
let peers = 0;
let made = 0;
ndc.PeerConnection = class extends Native {
  #closed = false;

  constructor(...how) {
    super(...how);
    peers++;
    made++;
  }

  close() {
    if (!this.#closed) peers--;
    this.#closed = true;
    return super.close();
  }
};

const ids = new Set();
let ending = false;
const off = bw.async_on('networking', (event) => {
  const { buffer: _, ...rest } = event;
  if (event.type === bw.network_type_data)
    rest.text = String(bw.buffer_to_bytes(event.buffer, 0, event.size).length);
  process.send({ event: rest });
});
bw.async_on('error', ({ error }) => process.send({ event: { error: String(error) } }));

const asked = {
  serve({ type, port = 0, max = 64, options = {} }) {
    const id = bw.network_create_server(type, port, max, options);
    ids.add(id);
    return { id, port: bw.network_get_stats(id)?.port };
  },
  connect({ type, url, port = 0 }) {
    const id = bw.network_create_socket(type);
    ids.add(id);
    bw.network_connect(id, url, port);
    return { id };
  },
  set({ param, value, target }) {
    bw.network_set_config(param, value, target);
  },
  destroy({ id }) {
    ids.delete(id);
    bw.network_destroy(id);
  },
  report() {
    const resources = {};
    for (const one of process.getActiveResourcesInfo()) resources[one] = (resources[one] ?? 0) + 1;
    const drops = Object.fromEntries([...ids].map((id) => [id, bw.network_get_stats(id)?.drops]));
    return { peers, made, resources, drops, rss: process.memoryUsage.rss() };
  },
  /** Nothing is left to do: the process has to notice that by itself. */
  end() {
    ending = true;
    for (const id of ids) bw.network_destroy(id);
    off();
    setImmediate(() => process.disconnect());
  },
};

process.on('message', ({ call, how, n }) => {
  try {
    process.send({ n, answer: asked[call](how) ?? {} });
  } catch (error) {
    process.send({ n, failed: String(error) });
  }
});

// A parent that is killed takes it along.
process.on('disconnect', () => {
  if (!ending) process.exit(1);
});
