// Node as host: `ws` for WebSockets and servers, the system's name resolution.
import { lookup } from 'node:dns/promises';
import { createRequire } from 'node:module';
import type * as Ws from 'ws';
import { NetError } from '../errors.js';
import { node_rtc } from '../rtc/node.js';
import { node_store } from '../store/node.js';
import { listen_websocket } from '../websocket-server.js';
import { node_exchange } from './node-http.js';
import type { Host, WebSocketLike } from './types.js';

let loaded: typeof Ws | undefined;

/** `ws`, an optional dependency, loaded on first use. @throws NetError `package_missing` */
function load_ws(): typeof Ws {
  if (loaded === undefined) {
    try {
      loaded = createRequire(import.meta.url)('ws') as typeof Ws;
    } catch (cause) {
      throw new NetError(
        'package_missing',
        "WebSockets in Node need the package 'ws': npm install ws",
        {
          cause,
        },
      );
    }
  }
  return loaded;
}

export const host: Host = {
  open_websocket(url, protocols, max_message_bytes) {
    const { WebSocket } = load_ws();
    const socket = new WebSocket(url, protocols, {
      perMessageDeflate: false,
      maxPayload: max_message_bytes,
    });
    // As they come out of the socket: 'arraybuffer' would copy them once more.
    socket.binaryType = 'nodebuffer';
    return socket as unknown as WebSocketLike;
  },

  listen(options, owner) {
    return listen_websocket(load_ws().WebSocketServer, options, owner);
  },

  async resolve(name) {
    const { address } = await lookup(name, { family: 0, order: 'ipv4first' } as { family: number });
    return address;
  },

  make_store(root, backend) {
    if (backend !== 'default') {
      throw new NetError('unsupported', `Node has no ${backend}; 'default' is the file system`);
    }
    return node_store(root);
  },

  check_root(root) {
    if (root.includes('\0')) throw new RangeError('store_set_root: a path has no NUL in it');
    return root;
  },

  http: {
    schemes: ['http:', 'https:'],
    is_page: false,
    follows_redirects: false,
    max_running: Number.POSITIVE_INFINITY,
    base_url: () => undefined,
    tells_upload: () => true,
    exchange: (out) => node_exchange(out),
  },

  rtc: node_rtc,
};
