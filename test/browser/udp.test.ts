// UDP-like sockets of real pages: to a Node server, and from page to page by a room code.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import * as bytewire from '../../bindings/index.js';
import { call, join } from '../conformance/signaling-verifier.js';
import { OFFERS } from '../hostile/offers.js';
import { use_pages } from './pages.js';

declare global {
  var seen: number[];
}

const { afterwards, open } = use_pages();

/** In a page: connects, sends until something has come back, and tells what. */
function talk(to: Page, url: string, type: 'network_socket_udp' | 'network_socket_tcp', port = 0) {
  return to.evaluate(
    ([url, type, port]) =>
      new Promise<string>((done) => {
        const id = bw.network_create_socket(bw[type as 'network_socket_udp']);
        const packet = bw.buffer_from(new TextEncoder().encode('hello'));
        bw.async_on('networking', (event) => {
          if (event.type === bw.network_type_non_blocking_connect) {
            if (event.succeeded !== 1) done(`failed: ${event.reason}`);
            setInterval(() => bw.network_send_packet(id, packet, 5), 20);
          } else if (event.type === bw.network_type_data) {
            done(new TextDecoder().decode(bw.buffer_to_bytes(event.buffer, 0, event.size)));
          }
        });
        bw.network_connect(id, url, port as number);
      }),
    [url, type, port] as const,
  );
}

it('a page and a Node server', async () => {
  const server = bytewire.network_create_server(bytewire.network_socket_udp, 0, 8);
  afterwards(() => bytewire.network_destroy(server));
  const answer = bytewire.buffer_from(Buffer.from('from node'));
  afterwards(
    bytewire.async_on('networking', (event) => {
      if (event.type === bytewire.network_type_data)
        bytewire.network_send_packet(event.id, answer, 9);
    }),
  );
  const { port } = bytewire.network_get_stats(server) as { port: number };
  expect(await talk(await open(), '127.0.0.1', 'network_socket_udp', port)).toBe('from node');
});

it.each(['network_socket_udp', 'network_socket_tcp'] as const)(
  'a page that hosts, by %s',
  async (type) => {
    const signaling = bytewire.network_create_server(bytewire.network_socket_tcp, 0, 8, {
      rooms: true,
    });
    afterwards(() => bytewire.network_destroy(signaling));
    const { port } = bytewire.network_get_stats(signaling) as { port: number };
    const url = `ws://127.0.0.1:${port}`;
    const host = await open();
    const room = await host.evaluate(
      ([url, type]) =>
        new Promise<string>((done) => {
          bw.network_set_config(bw.network_config_signaling_url, url);
          const answer = bw.buffer_from(new TextEncoder().encode('from the page'));
          bw.async_on('networking', (event) => {
            if (event.type === bw.network_type_listening) done(event.room);
            if (event.type === bw.network_type_disconnect) done(`failed: ${event.reason}`);
            if (event.type === bw.network_type_data) bw.network_send_packet(event.id, answer, 13);
          });
          const made = bw.network_create_server(bw[type as 'network_socket_udp'], '', 4);
          if (made < 0) done(`failed: ${made}`);
        }),
      [url, type] as const,
    );
    expect(room).toMatch(/^[A-Z0-9-]{4,}$/i);
    const guest = await open();
    await guest.evaluate((at) => bw.network_set_config(bw.network_config_signaling_url, at), url);
    expect(await talk(guest, `room:${room}`, type)).toBe('from the page');
  },
);

it('a page joins both sides of a room that a page hosts, one after the other, over one connection', async () => {
  const id = bytewire.network_create_server(bytewire.network_socket_tcp, 0, 8, { rooms: true });
  afterwards(() => bytewire.network_destroy(id));
  const url = `ws://127.0.0.1:${(bytewire.network_get_stats(id) as { port: number }).port}`;
  const host = await open();
  const room = await host.evaluate(async (url) => {
    bw.network_set_config(bw.network_config_signaling_url, url);
    const listens = (room: string, type: number) =>
      new Promise<string>((done) => {
        const off = bw.async_on('networking', (event) => {
          if (event.type !== bw.network_type_listening) return;
          off();
          done(event.room);
        });
        bw.network_create_server(type, room, 64);
      });
    const room = await listens('', bw.network_socket_udp);
    return listens(room, bw.network_socket_tcp);
  }, url);
  const guest = await open();
  const outcomes = await guest.evaluate(
    async ([url, room]) => {
      bw.network_set_config(bw.network_config_signaling_url, url);
      const join = (type: number) =>
        new Promise<[id: number, reason: string]>((done) => {
          const id = bw.network_create_socket(type);
          const off = bw.async_on('networking', (event) => {
            if (event.type !== bw.network_type_non_blocking_connect || event.id !== id) return;
            off();
            done([id, event.succeeded === 1 ? '' : event.reason]);
          });
          bw.network_connect(id, `room:${room}`, 0);
        });
      const [udp, why] = await join(bw.network_socket_udp);
      const outcomes = [why];
      // The host greets at once, and may be heard before the channel is open here.
      for (let round = 0; round < 16; round++) {
        const [tcp, why] = await join(bw.network_socket_tcp);
        outcomes.push(why);
        bw.network_destroy(tcp);
      }
      bw.network_destroy(udp);
      return outcomes;
    },
    [url, room] as const,
  );
  expect(outcomes).toEqual(Array(17).fill(''));
});

/** In a page: a visitor by STANDARD.md, 9, over the browser's own means, that restarts ICE on its connection. */
async function restart_ice([url, room]: readonly [string, string]): Promise<string[]> {
  const pc = new RTCPeerConnection();
  const channel = pc.createDataChannel('bytewire.udp', { ordered: false, maxRetransmits: 0 });
  let answers = 0;
  channel.onmessage = ({ data }) => {
    if (typeof data !== 'string') answers++;
  };
  const open = new Promise((done) => {
    channel.onopen = done;
  });
  const visit = async (resume: string, restart: boolean) => {
    const ws = new WebSocket(url, 'bytewire.signaling.1');
    const say = (message: object) => ws.readyState === 1 && ws.send(JSON.stringify(message));
    await new Promise((done) => {
      ws.onopen = done;
    });
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate?.candidate) return;
      say({ t: 'candidate', peer: 0, candidate: candidate.candidate, mid: candidate.sdpMid });
    };
    say({ t: 'join', room, token: '', resume, bound: 0, channel: 'bytewire.udp' });
    let text = '';
    return new Promise<{ text: string; ufrag: string }>((done, fail) => {
      ws.onmessage = async ({ data }) => {
        const said = JSON.parse(data);
        if (said.t === 'joined') {
          text = said.resume;
          if (said.restart !== true) fail(new Error('this host can restart'));
          await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
          say({ t: 'offer', peer: 0, sdp: pc.localDescription?.sdp });
        } else if (said.t === 'answer') {
          await pc.setRemoteDescription({ type: 'answer', sdp: said.sdp });
          done({ text, ufrag: /a=ice-ufrag:(\S+)/.exec(said.sdp)?.[1] ?? '' });
        } else if (said.t === 'candidate') {
          pc.addIceCandidate({ candidate: said.candidate, sdpMid: said.mid }).catch(() => {});
        } else fail(new Error(said.message));
      };
    });
  };
  /** Sends packets until one of them is answered. */
  let number = 0;
  const talk = async () => {
    for (const before = answers; answers === before; ) {
      channel.send(new Uint8Array([0, number++, 0, 0, 0, 0, 42]));
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  const first = await visit('', false);
  await open;
  await talk();
  const second = await visit(first.text, true);
  while (!/connected|completed/.test(pc.iceConnectionState) || pc.signalingState !== 'stable')
    await new Promise((done) => setTimeout(done, 20));
  await talk();
  return [first.ufrag, second.ufrag, channel.readyState];
}

it('a page that hosts answers an ICE restart, and the channel goes on', async () => {
  const signaling = bytewire.network_create_server(bytewire.network_socket_tcp, 0, 8, {
    rooms: true,
  });
  afterwards(() => bytewire.network_destroy(signaling));
  const { port } = bytewire.network_get_stats(signaling) as { port: number };
  const url = `ws://127.0.0.1:${port}`;
  const host = await open();
  const room = await host.evaluate(
    (url) =>
      new Promise<string>((done) => {
        bw.network_set_config(bw.network_config_signaling_url, url);
        const answer = bw.buffer_from(new TextEncoder().encode('from the page'));
        globalThis.seen = [];
        bw.async_on('networking', (event) => {
          if (event.type === bw.network_type_listening) done(event.room);
          else if (event.type === bw.network_type_data) {
            bw.network_send_packet(event.id, answer, 13);
          } else seen.push(event.type);
        });
        bw.network_create_server(bw.network_socket_udp, '', 4);
      }),
    url,
  );
  const guest = await open();
  const [before, after, state] = await guest.evaluate(restart_ice, [url, room] as const);
  expect(state).toBe('open');
  expect(after).not.toBe(before);
  // One client came, and nothing else happened to it.
  expect(await host.evaluate(() => seen)).toEqual([bytewire.network_type_connect]);
});

it('a page that hosts outlives offers that are none, candidates without end, and takes the next guest', async () => {
  const signaling = bytewire.network_create_server(bytewire.network_socket_tcp, 0, 8, {
    rooms: true,
  });
  afterwards(() => bytewire.network_destroy(signaling));
  const { port } = bytewire.network_get_stats(signaling) as { port: number };
  const url = `ws://127.0.0.1:${port}`;
  const host = await open();
  const errors: string[] = [];
  host.on('pageerror', (error) => errors.push(error.message));
  const room = await host.evaluate(
    (url) =>
      new Promise<string>((done) => {
        bw.network_set_config(bw.network_config_signaling_url, url);
        const answer = bw.buffer_from(new TextEncoder().encode('from the page'));
        bw.async_on('networking', (event) => {
          if (event.type === bw.network_type_listening) done(event.room);
          if (event.type === bw.network_type_data) bw.network_send_packet(event.id, answer, 13);
        });
        bw.network_create_server(bw.network_socket_udp, '', 4);
      }),
    url,
  );
  for (const [title, sdp] of OFFERS) {
    const talk = await call(port);
    afterwards(() => talk.ws.terminate());
    talk.say(join(room));
    expect((await talk.hear('joined')).restart).toBe(true);
    talk.say({ t: 'offer', peer: 0, sdp });
    for (let i = 0; i < 40; i++)
      talk.say({ t: 'candidate', peer: 0, candidate: `candidate:${i} 1 x`, mid: 'no such' });
    const said = await talk.hear('bye', 'answer');
    // Some can be answered, and would come to nothing in the end.
    expect([title, said.t === 'answer' || said.reason]).toEqual([
      title,
      said.t === 'answer' || 'failed',
    ]);
    talk.ws.terminate();
  }
  const guest = await open();
  await guest.evaluate((at) => bw.network_set_config(bw.network_config_signaling_url, at), url);
  expect(await talk(guest, `room:${room}`, 'network_socket_udp')).toBe('from the page');
  expect(errors).toEqual([]);
});
