// A browser as host: its own WebSocket; no servers, no name resolution.
import { network_error_unsupported } from '../constants.js';
import { NetError } from '../errors.js';
import { page_exchange, page_tells_upload } from '../http-fetch.js';
import { browser_rtc } from '../rtc/browser.js';
import { browser_store } from '../store/browser.js';
import { check_name } from '../store/name.js';
import type { Host, WebSocketLike } from './types.js';

export const host: Host = {
  open_websocket(url, protocols) {
    if (typeof WebSocket === 'undefined') {
      throw new NetError('unsupported', 'this host has no WebSocket');
    }
    const socket = new WebSocket(url, protocols) as unknown as WebSocketLike;
    socket.binaryType = 'arraybuffer';
    return socket;
  },

  listen() {
    return network_error_unsupported;
  },

  async resolve(name) {
    // A page cannot ask the DNS. Addresses stand for themselves, and localhost is known.
    if (name === 'localhost') return '127.0.0.1';
    return name;
  },

  make_store: browser_store,

  check_root(root) {
    return root === '' ? root : check_name(root, 'store_set_root: folder');
  },

  http: {
    schemes: ['http:', 'https:', 'blob:', 'data:'],
    is_page: true,
    follows_redirects: true,
    // Measured: Chromium fails those beyond some 1300 at once (ERR_INSUFFICIENT_RESOURCES).
    max_running: 1024,
    base_url() {
      if (typeof document !== 'undefined') return document.baseURI;
      return typeof location === 'undefined' ? undefined : location.href;
    },
    tells_upload: page_tells_upload,
    exchange: page_exchange,
  },

  rtc: browser_rtc,
};
