// The process of the test of a check that never answers: it ends its server and its client, and does nothing else.
import * as bw from 'bytewire';

bw.network_set_config(bw.network_config_handshake_timeout, 600_000);
const server = bw.network_create_server(bw.network_socket_tcp, 0, 8, {
  origin: () => {
    setTimeout(() => {
      bw.network_destroy(client);
      bw.network_destroy(server);
    }, 50);
    return new Promise(() => {});
  },
});
const client = bw.network_create_socket(bw.network_socket_tcp);
bw.network_connect(client, '127.0.0.1', bw.network_get_stats(server).port);
