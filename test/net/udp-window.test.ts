// How large a message a peer connection takes, and with it its receive window: by who offers, and by its first channel.
import { expect, it, vi } from 'vitest';
import { host as rtc_host } from '#host';
import * as c from '../../bindings/constants.js';
import {
  network_connect,
  network_connect_raw,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_set_config,
} from '../../bindings/network.js';
import { call, join } from '../conformance/signaling-verifier.js';
import { afterwards, Log, server } from './harness.js';

/** A signaling server, and the setting for it. */
function hub(): { port: number } {
  const made = server(8, { rooms: true });
  network_set_config(c.network_config_signaling_url, `ws://127.0.0.1:${made.port}`);
  afterwards(() => network_set_config(c.network_config_signaling_url, ''));
  return made;
}

function host(type: number, room = ''): number {
  const id = network_create_server(type, room, 8);
  afterwards(() => network_destroy(id));
  return id;
}

const of = (id: number) => (event: { id?: number }) => event.id === id;

/** An offer as this host writes it. */
function own_offer(label: string): Promise<string> {
  return new Promise((done) => {
    const peer = rtc_host.rtc.open_peer(
      { ice_servers: [] },
      {
        description: (_, sdp) => done(sdp),
        candidate: () => {},
        state: () => {},
        channel: () => {},
        broken: done,
      },
    );
    afterwards(() => peer.close());
    peer.open_channel(label, false);
    peer.offer();
  });
}

it.each([
  ['bytewire.udp', 'rtc', 262_144],
  ['bytewire.udp.raw', 'rtc', 262_144],
  ['bytewire.udp', '-', 65_536],
  ['bytewire.udp.raw', '-', 65_536],
  ['bytewire.tcp.raw', '-', 262_144],
])(
  'for %s of a visitor whose offer says o=%s it takes messages of %i bytes',
  async (channel, writer, bytes) => {
    const log = new Log();
    const { port: at } = hub();
    const { room = '' } = await log.take(
      c.network_type_listening,
      of(host(channel.includes('tcp') ? c.network_socket_tcp : c.network_socket_udp)),
    );
    const sdp = await own_offer(channel);
    expect(sdp).toMatch(/^o=rtc /m);
    const talk = await call(at);
    afterwards(() => talk.ws.terminate());
    talk.say(join(room, { channel }));
    await talk.hear('joined');
    talk.say({ t: 'offer', peer: 0, sdp: sdp.replace(/^o=rtc /m, `o=${writer} `) });
    const answer = (await talk.hear('answer')).sdp as string;
    expect(/^a=max-message-size:(\d+)\r$/m.exec(answer)?.[1]).toBe(String(bytes));
  },
);

it('packets and stream of one room share a peer connection; raw channels have one each, for their larger messages', async () => {
  const log = new Log();
  hub();
  const udp = host(c.network_socket_udp);
  const { room = '' } = await log.take(c.network_type_listening, of(udp));
  host(c.network_socket_tcp, room);
  const made = vi.spyOn(rtc_host.rtc, 'open_peer');
  afterwards(() => made.mockRestore());
  // One for the guest and one for the host, both of which are in this process.
  const connections = async (type: number, connect = network_connect) => {
    made.mockClear();
    const id = network_create_socket(type);
    afterwards(() => network_destroy(id));
    connect(id, `room:${room}`, 0);
    const event = await log.take(c.network_type_non_blocking_connect, (one) => one.id === id);
    expect(event.succeeded).toBe(1);
    return made.mock.calls.length / 2;
  };
  expect(await connections(c.network_socket_udp)).toBe(1);
  expect(await connections(c.network_socket_tcp)).toBe(0);
  expect(await connections(c.network_socket_udp, network_connect_raw)).toBe(1);
  expect(await connections(c.network_socket_tcp, network_connect_raw)).toBe(1);
  const limits = made.mock.calls.map(([config]) => config.max_message_bytes);
  expect(limits).toEqual([262_144, 262_144]);
});
