// Signaling against the verifier of section 9 of STANDARD.md: bytewire as server, as client and as host.
import { describe, expect, it, vi } from 'vitest';
import * as c from '../../bindings/constants.js';
import { async_on } from '../../bindings/events.js';
import {
  network_connect,
  network_create_server,
  network_create_socket,
  network_destroy,
  network_set_config,
  type ServerOptions,
} from '../../bindings/network.js';
import { afterwards, Log, send, server, stats } from '../net/harness.js';
import {
  answerer,
  call as bare_call,
  visit as bare_visit,
  datagram,
  join,
  Peer,
  probe,
  type Said,
  type Talk,
} from './signaling-verifier.js';
import { STEP_1, STEP_3, step_2 } from './verifier.js';

const KEY = '0123456789abcdef';
const host = (room: string, key = KEY) => ({ t: 'host', room, key });

async function call(port: number, protocol?: string): Promise<Talk> {
  const talk = await bare_call(port, protocol);
  afterwards(() => talk.ws.terminate());
  return talk;
}

function peer_of(talk: Talk, number = 0): Peer {
  const peer = new Peer(talk, number);
  afterwards(() => peer.close());
  return peer;
}

/** A UDP server of ours on a free port. */
function udp_server(options: ServerOptions = {}): { id: number; port: number } {
  const id = network_create_server(c.network_socket_udp, 0, 8, options);
  expect(id).toBeGreaterThanOrEqual(0);
  afterwards(() => network_destroy(id));
  return { id, port: stats(id).port };
}

/** A signaling server of ours for rooms. */
const hub = (rooms: ServerOptions['rooms'] = true, options: ServerOptions = {}) =>
  server(8, { rooms, ...options });

function set(param: number, value: string): void {
  network_set_config(param, value);
  afterwards(() => network_set_config(param, ''));
}

const visit = (port: number, room: string, fields: object = {}) =>
  bare_visit(port, join(room, fields), afterwards);

/** What the server says before it closes. */
async function turned_away(talk: Talk): Promise<unknown> {
  const { reason, peer } = await talk.hear('bye');
  expect(peer).toBe(0);
  await talk.closed;
  return reason;
}

/** A host by the standard in a room, which answers every visit and every datagram. */
async function bare_host(port: number, room: string): Promise<{ talk: Talk; end: Promise<Said> }> {
  const talk = await call(port);
  let listening: (end: Promise<Said>) => void = () => {};
  const end = new Promise<Said>((done) => {
    listening = done;
  });
  talk.say(host(room));
  expect(await talk.hear('hosted')).toMatchObject({ room, key: KEY });
  const receive = async (number: number) => {
    talk.say({ t: 'joined', peer: number, resume: 'again', restart: false, ice: [] });
    const peer = peer_of(talk, number);
    const over = peer.listen();
    over.catch(() => {});
    const wire = await (await peer.came()).opened();
    listening(over);
    for (let n = 0; ; n++) {
      const said = await wire.packet();
      wire.channel.sendMessageBinary(datagram(n, `${said} to you`));
    }
  };
  void (async () => {
    for (;;) void receive((await talk.hear('visit')).peer as number).catch(() => {});
  })().catch(() => {});
  end.catch(() => {});
  return { talk, end };
}

describe('a UDP server of bytewire', () => {
  it('takes a visitor who knows the standard, datagrams both ways, and says bye on the channel', async () => {
    const log = new Log();
    const { id, port } = udp_server();
    const { talk, joined, wire, peer } = await visit(port, '');
    expect(joined).toMatchObject({ restart: false, ice: [] });
    expect(joined.resume).toMatch(/^[0-9a-f]{32}$/);
    const { socket } = await log.take(c.network_type_connect);
    wire.channel.sendMessageBinary(datagram(0, 'up'));
    expect((await log.take(c.network_type_data)).text).toBe('up');
    send(socket as number, 'down');
    expect(await wire.packet()).toBe('down');
    wire.channel.sendMessageBinary(probe(12.5));
    const answer = await wire.answer();
    expect([answer.readDoubleLE(4), answer.readUInt32LE(20), answer.readUInt32LE(24)]).toEqual([
      12.5, 1, 0,
    ]);
    expect(Math.abs(answer.readDoubleLE(12) - Date.now())).toBeLessThan(60_000);
    talk.say({ t: 'bye', peer: 0, reason: 'left', message: '' });
    await talk.closed;
    // All of the server's clients share one UDP port: that of its signaling.
    const ports = new Set(peer.candidates.map((one) => one.split(' ')[5]));
    expect([...ports]).toEqual([String(port)]);
    network_destroy(socket as number);
    expect(await wire.text()).toBe('bye 1000 destroyed');
    await wire.ended();
    expect(stats(id).clients).toBe(0);
  });

  it('hears bye, and tells of a channel that closes without', async () => {
    const log = new Log();
    const { port } = udp_server();
    const one = await visit(port, '');
    await log.take(c.network_type_connect);
    one.wire.channel.sendMessage('bye 1000 good night');
    expect((await log.take(c.network_type_disconnect)).reason).toBe('good night');
    await one.wire.ended();
  });

  it('takes a client back that shows its text, as the same client', async () => {
    const log = new Log();
    const { port } = udp_server();
    const one = await visit(port, '');
    const { socket } = await log.take(c.network_type_connect);
    one.peer.close();
    const two = await visit(port, '', { resume: one.joined.resume });
    await log.take(c.network_type_resumed, (event) => event.socket === socket);
    two.wire.channel.sendMessageBinary(datagram(0, 'me again'));
    expect(await log.take(c.network_type_data)).toMatchObject({ id: socket, text: 'me again' });
    // The older text is worth nothing now.
    const late = await call(port);
    late.say(join('', { resume: one.joined.resume }));
    expect(await turned_away(late)).toBe('left');
  });

  it('turns away with a reason', async () => {
    const { port } = udp_server({ password: 'sesame' });
    for (const [fields, reason] of [
      [{}, 'refused'],
      [{ token: 'sesam' }, 'refused'],
      [{ token: 'sesame', channel: 'bytewire.tcp' }, 'refused'],
      [{ token: 'sesame', channel: 'strange' }, 'refused'],
      [{ token: 'sesame', resume: 'unheard of' }, 'left'],
    ] as const) {
      const talk = await call(port);
      talk.say(join('', fields));
      expect([fields, await turned_away(talk)]).toEqual([fields, reason]);
    }
    const talk = await call(port);
    talk.say(join('NOWHERE'));
    expect(await turned_away(talk)).toBe('no_room');
    await visit(port, '', { token: 'sesame' });
  });

  it('tells callers of other versions so, in the words of all versions', async () => {
    const { port } = udp_server();
    const talk = await call(port, 'bytewire.signaling.3');
    expect(talk.ws.protocol).toBe('bytewire.signaling.3');
    expect(await turned_away(talk)).toBe('version');
    const both = await bare_call(port, 'bytewire.signaling.1');
    afterwards(() => both.ws.terminate());
    expect(both.ws.protocol).toBe('bytewire.signaling.1');
  });
});

describe('a signaling server of bytewire', () => {
  it('brings a visitor and a host together, of whom neither is ours', async () => {
    const { port } = hub(true, { ice_servers: [{ urls: 'stun:127.0.0.1:9' }] });
    await bare_host(port, 'KD7FQZ');
    const { joined, wire } = await visit(port, 'KD7FQZ');
    expect(joined).toMatchObject({ resume: 'again', ice: [{ urls: ['stun:127.0.0.1:9'] }] });
    wire.channel.sendMessageBinary(datagram(0, 'hello'));
    expect(await wire.packet()).toBe('hello to you');
  });

  it('hands over who visits, gives each visit a number, and tells both sides of the end', async () => {
    const { port } = hub();
    const keeper = await call(port);
    keeper.say(host('R'));
    await keeper.hear('hosted');
    const numbers = new Set<unknown>();
    for (const token of ['', 'a token']) {
      const guest = await call(port);
      guest.say(join('R', { token, bound: 7777, resume: 'r' }));
      const { peer, ...who } = await keeper.hear('visit');
      numbers.add(peer);
      expect(who).toMatchObject({
        ip: expect.stringMatching(/127\.0\.0\.1$/),
        origin: '',
        token,
        bound: 7777,
        resume: 'r',
        channel: 'bytewire.udp',
      });
      keeper.say({ t: 'candidate', peer, candidate: 'candidate:1', mid: '0' });
      expect(await guest.hear('candidate')).toMatchObject({ peer: 0, candidate: 'candidate:1' });
      if (token === '') {
        keeper.say({ t: 'bye', peer, reason: 'refused', message: 'not you' });
        expect(await guest.hear('bye')).toMatchObject({ reason: 'refused', message: 'not you' });
        await guest.closed;
      } else {
        guest.ws.terminate();
        expect(await keeper.hear('bye')).toMatchObject({ peer, reason: 'left' });
      }
    }
    expect(numbers.size).toBe(2);
    const guest = await call(port);
    guest.say(join('R'));
    await keeper.hear('visit');
    keeper.ws.close(1000);
    expect(await turned_away(guest)).toBe('host_left');
  });

  it('keeps a room for its key when the host is lost, and frees it when the host leaves', async () => {
    const { port } = hub();
    const keeper = await call(port);
    keeper.say(host('R'));
    await keeper.hear('hosted');
    const other = await call(port);
    other.say(host('R', 'another key, as long'));
    expect(await turned_away(other)).toBe('room_taken');
    // The key takes a room over that stands ...
    const again = await call(port);
    again.say(host('R'));
    await again.hear('hosted');
    expect(await turned_away(keeper)).toBe('left');
    // ... and one whose host was lost, which nobody else gets meanwhile.
    again.ws.terminate();
    await vi.waitFor(async () => {
      const thief = await call(port);
      thief.say(join('R'));
      expect(await turned_away(thief)).toBe('no_room');
    });
    const thief = await call(port);
    thief.say(host('R', 'another key, as long'));
    expect(await turned_away(thief)).toBe('room_taken');
    const third = await call(port);
    third.say(host('R'));
    await third.hear('hosted');
    third.say({ t: 'bye', peer: 0, reason: 'left', message: '' });
    await third.closed;
    const heir = await call(port);
    heir.say(host('R', 'another key, as long'));
    await heir.hear('hosted');
  });

  it('answers ping with pong, to everybody', async () => {
    const { port } = hub();
    const talk = await call(port);
    talk.say({ t: 'ping' });
    await talk.hear('pong');
    talk.say(host('R'));
    await talk.hear('hosted');
    talk.say({ t: 'ping' });
    await talk.hear('pong');
  });

  it('opens rooms only where rooms are, and to whom it likes', async () => {
    const { port } = hub({ may_host: (room) => room === 'MINE', max_rooms: 1 });
    const no = await call(port);
    no.say(host('YOURS'));
    expect(await turned_away(no)).toBe('refused');
    const yes = await call(port);
    yes.say(host('MINE'));
    await yes.hear('hosted');
    const late = await call(port);
    late.say(host('MINE2'));
    expect(await turned_away(late)).toBe('full');
    const none = await call(udp_server().port);
    none.say(host('MINE'));
    expect(await turned_away(none)).toBe('refused');
  });

  it('takes its time to ask who may open a room, and holds it for nobody meanwhile', async () => {
    const asked: ((may: boolean) => void)[] = [];
    const { port } = hub({
      may_host: () => new Promise<boolean>((answer) => asked.push(answer)),
    });
    const [first, second, third, hasty] = await Promise.all([0, 1, 2, 3].map(() => call(port)));
    for (const [i, one] of [first, second, third].entries()) {
      one.say(host('ROOM', `${i}${KEY}`));
      await vi.waitFor(() => expect(asked.length).toBe(i + 1));
    }
    third.say({ t: 'ping' });
    await third.hear('pong');
    asked[2](false);
    expect(await turned_away(third)).toBe('refused');
    asked[1](true);
    await second.hear('hosted');
    asked[0](true);
    expect(await turned_away(first)).toBe('room_taken');
    hasty.say(host('OTHER'));
    hasty.say(host('OTHER'));
    expect(await turned_away(hasty)).toBe('malformed');
    asked[3]?.(true);
  });

  it('lets nobody open a room where the one who is asked fails', async () => {
    const reported: unknown[] = [];
    afterwards(async_on('error', ({ error }) => reported.push(error)));
    for (const may_host of [
      () => {
        throw new Error('now');
      },
      () => Promise.reject(new Error('later')),
    ]) {
      const caller = await call(hub({ may_host }).port);
      caller.say(host('ROOM'));
      expect(await turned_away(caller)).toBe('refused');
    }
    expect(reported.map(String)).toEqual(['Error: now', 'Error: later']);
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no kind', '{}'],
    ['an unknown kind', '{"t":"dance"}'],
    ['a kind of the prototype', '{"t":"constructor"}'],
    ['a missing field', { t: 'join', room: '', token: '', resume: '', bound: 0 }],
    ['a room in small letters', join('abc')],
    ['a room that is too long', join('A'.repeat(33))],
    ['a token that is too long', join('', { token: 'x'.repeat(4097) })],
    ['a port that is none', join('', { bound: 65_536 })],
    ['a key that is too short', host('R', 'short')],
    ['a room without a name', host('')],
    ['an offer before all else', { t: 'offer', peer: 0, sdp: 'v=0' }],
    ['what only servers say', { t: 'hosted', room: 'R', key: KEY, ice: [] }],
  ])('ends who says %s', async (_, message) => {
    const { port } = hub();
    const talk = await call(port);
    talk.say(message);
    expect(await turned_away(talk)).toBe('malformed');
  });

  it('ends visitors who offer twice, name 65 candidates, or say more than 100 messages a second', async () => {
    const { port } = hub();
    const keeper = await call(port);
    keeper.say(host('R'));
    await keeper.hear('hosted');
    const offer = { t: 'offer', peer: 0, sdp: 'v=0\r\n' };
    const candidate = { t: 'candidate', peer: 0, candidate: 'candidate:1', mid: '0' };
    for (const [messages, reason] of [
      [[offer, offer], 'malformed'],
      [Array.from({ length: 65 }, () => candidate), 'rate'],
      [Array.from({ length: 150 }, () => ({ t: 'ping' })), 'rate'],
    ] as const) {
      const talk = await call(port);
      talk.say(join('R'));
      const { peer } = await keeper.hear('visit');
      for (const message of messages) talk.say(message);
      expect(await turned_away(talk)).toBe(reason);
      expect((await keeper.hear('bye')).peer).toBe(peer);
    }
  });

  it('closes with 1009 for a message beyond 12,288 bytes, and carries one just below', async () => {
    const { port } = hub();
    const keeper = await call(port);
    keeper.say(host('R'));
    await keeper.hear('hosted');
    // Characters that take most bytes for what they count.
    const longest = join('R', { token: '\u{1f600}'.repeat(2040) });
    expect(Buffer.byteLength(JSON.stringify(longest))).toBeGreaterThan(8200);
    const guest = await call(port);
    guest.say(longest);
    expect((await keeper.hear('visit')).token).toBe(longest.token);
    const offer = JSON.stringify({ t: 'offer', peer: 0, sdp: `v=0${'x'.repeat(8189)}` });
    guest.say(offer + ' '.repeat(12_288 - offer.length));
    expect(((await keeper.hear('offer')).sdp as string).length).toBe(8192);
    guest.say(' '.repeat(12_289));
    expect(await guest.closed).toBe(1009);
    expect((await keeper.hear('bye')).reason).toBe('left');
  });
});

describe('a client of bytewire', () => {
  it('joins a host that knows the standard, and says everything by the tables', async () => {
    const log = new Log();
    const { port } = hub();
    const keeper = await bare_host(port, 'KD7FQZ');
    set(c.network_config_signaling_url, `ws://127.0.0.1:${port}`);
    const id = network_create_socket(c.network_socket_udp);
    afterwards(() => network_destroy(id));
    network_connect(id, 'room:kd7-fqz', 0);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ succeeded: 1 });
    send(id, 'hello');
    expect((await log.take(c.network_type_data)).text).toBe('hello to you');
    expect(await keeper.end).toMatchObject({ reason: 'left' });
    expect(keeper.talk.failures).toEqual([]);
  });

  it('talks to a signaling server that knows the standard, and speaks its stream on a tcp channel', async () => {
    const log = new Log();
    let heard: Said | undefined;
    const other = await answerer(async (talk) => {
      heard = await talk.hear('join');
      talk.say({ t: 'later versions may say more', than: 'this' });
      talk.say({ t: 'joined', peer: 0, resume: '', restart: false, ice: [], more: true });
      const peer = peer_of(talk);
      void peer.listen().catch(() => {});
      const wire = await (await peer.came()).opened();
      wire.channel.sendMessageBinary(STEP_1);
      expect(Buffer.concat([await wire.bytes()]).subarray(0, 12)).toEqual(
        step_2(Buffer.alloc(4)).subarray(0, 12),
      );
      wire.channel.sendMessageBinary(STEP_3);
    });
    afterwards(() => other.stop());
    set(c.network_config_signaling_url, `ws://127.0.0.1:${other.port}`);
    set(c.network_config_join_token, 'a ticket');
    const id = network_create_socket(c.network_socket_tcp);
    afterwards(() => network_destroy(id));
    network_connect(id, 'room:R', 0);
    expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({ succeeded: 1 });
    expect(heard).toEqual(join('R', { token: 'a ticket', channel: 'bytewire.tcp' }));
    expect(other.failures).toEqual([]);
  });

  it.each(['no_room', 'refused', 'full', 'version'])(
    'says why it was turned away: %s',
    async (reason) => {
      const log = new Log();
      let calls = 0;
      const other = await answerer(async (talk) => {
        calls++;
        await talk.hear('join');
        talk.say({ t: 'bye', peer: 0, reason, message: 'not today' });
      });
      afterwards(() => other.stop());
      const id = network_create_socket(c.network_socket_udp);
      afterwards(() => network_destroy(id));
      network_connect(id, '127.0.0.1', other.port);
      expect(await log.take(c.network_type_non_blocking_connect)).toMatchObject({
        succeeded: 0,
        error: reason,
        reason: 'not today',
      });
      expect(calls).toBe(1);
    },
  );
});

describe('a room of bytewire', () => {
  it('is opened and served by the tables, and given up when it ends', async () => {
    const log = new Log();
    const talks: Talk[] = [];
    const other = await answerer(async (talk) => {
      talks.push(talk);
      const { room, key } = await talk.hear('host');
      talk.say({ t: 'hosted', room, key, ice: [] });
    });
    afterwards(() => other.stop());
    set(c.network_config_signaling_url, `ws://127.0.0.1:${other.port}`);
    const id = network_create_server(c.network_socket_udp, '', 4, { password: 'sesame' });
    afterwards(() => network_destroy(id));
    const { room } = await log.take(c.network_type_listening);
    expect(room).toMatch(/^[BCDFHJKMNPQRTVWX2345679]{6}$/);
    const [talk] = talks;
    const who = { ip: '192.0.2.1', port: 1, origin: '', resume: '', bound: 0 };
    talk.say({ t: 'visit', peer: 5, ...who, token: 'wrong', channel: 'bytewire.udp' });
    expect(await talk.hear('bye')).toMatchObject({ peer: 5, reason: 'refused' });
    talk.say({ t: 'visit', peer: 6, ...who, token: 'sesame', channel: 'bytewire.udp' });
    expect(await talk.hear('joined')).toMatchObject({ peer: 6 });
    // The verifier as the visitor, with the server's own connection as its voice.
    const guest = peer_of(talk, 6);
    const wire = guest.channel('bytewire.udp');
    void guest.listen().catch(() => {});
    await wire.opened();
    const { socket } = await log.take(c.network_type_connect);
    wire.channel.sendMessageBinary(datagram(0, 'up'));
    expect(await log.take(c.network_type_data)).toMatchObject({ id: socket, text: 'up' });
    network_destroy(id);
    expect(await wire.text()).toBe('bye 1001 server ends');
    expect(await talk.closed).toBe(1000);
    expect(other.failures).toEqual([]);
  });
});
