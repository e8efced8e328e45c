// Handshake and packet header: split anywhere, glued, broken; bytes are written out here, not taken from the code under test.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, heap_use, live_buffers } from '../../bindings/buffer-table.js';
import { Framing, frame } from '../../bindings/framing.js';
import {
  buffer_create,
  buffer_delete,
  buffer_fixed,
  buffer_get_address,
  buffer_poke,
  buffer_u8,
} from '../../bindings/index.js';
import { u8 } from '../../bindings/wasm/memory.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const HELLO = hex('474d3a53747564696f2d436f6e6e65637400');
const CLIENT_REPLY = hex('bebafeca 0bb0adde 10000000 00000000');
const SERVER_REPLY = hex('adbeafde ebbe0df0 0c000000');
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

function packet(payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(0xdeadc0de, 0);
  head.writeUInt32LE(12, 4);
  head.writeUInt32LE(payload.length, 8);
  return join(head, payload);
}

/** One side, with what it said and got. */
function side(is_server: boolean, limit = 1000) {
  const sent: string[] = [];
  const packets: number[][] = [];
  let ready = 0;
  const framing = new Framing(is_server, limit, {
    send: (bytes) => sent.push(Buffer.from(bytes).toString('hex')),
    ready: () => ready++,
    packet: (b, size) => {
      expect(b.pos).toBe(b.ptr);
      expect([b.end - b.ptr, b.used - b.ptr]).toEqual([size, size]);
      packets.push([...u8.subarray(b.ptr, b.ptr + size)]);
      close(b);
    },
  });
  framing.start();
  return {
    framing,
    sent,
    packets,
    get ready() {
      return ready;
    },
  };
}

/** Cuts bytes at the given places. */
function pieces(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

describe('a framed connection', () => {
  it('greets and answers with the exact bytes of the standard', () => {
    const server = side(true);
    expect(server.sent).toEqual([Buffer.from(HELLO).toString('hex')]);
    expect(server.framing.feed(CLIENT_REPLY)).toBeUndefined();
    expect(server.sent[1]).toBe(Buffer.from(SERVER_REPLY).toString('hex'));
    expect(server.ready).toBe(1);
    const client = side(false);
    expect(client.sent).toEqual([]);
    client.framing.feed(HELLO);
    expect(client.sent).toEqual([Buffer.from(CLIENT_REPLY).toString('hex')]);
    expect(client.ready).toBe(0);
    client.framing.feed(SERVER_REPLY);
    expect(client.ready).toBe(1);
  });

  it('takes any game id', () => {
    const server = side(true);
    expect(server.framing.feed(hex('bebafeca 0bb0adde 10000000 12345678'))).toBeUndefined();
    expect(server.ready).toBe(1);
  });

  it.each([
    ['a server', true, CLIENT_REPLY],
    ['a client', false, join(HELLO, SERVER_REPLY)],
  ] as const)(
    '%s takes handshake and glued packets split at every single byte',
    (_, is_server, handshake) => {
      const stream = join(handshake, packet(hex('01250001')), packet(hex('')), packet(hex('ff')));
      for (let cut = 0; cut <= stream.length; cut++) {
        const one = side(is_server);
        expect(one.framing.feed(stream.subarray(0, cut))).toBeUndefined();
        expect(one.framing.feed(stream.subarray(cut))).toBeUndefined();
        expect(one.packets).toEqual([[1, 0x25, 0, 1], [], [255]]);
        expect(one.ready).toBe(1);
      }
      const one = side(is_server);
      for (const byte of stream) one.framing.feed(Uint8Array.of(byte));
      expect(one.packets).toEqual([[1, 0x25, 0, 1], [], [255]]);
    },
  );

  it('gives any packets back, in order, over 10,000 ways to cut the stream, and keeps no memory', () => {
    const before = [live_buffers(), heap_use().blocks];
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.boolean(),
        (payloads, cuts, is_server) => {
          const one = side(is_server);
          const handshake = is_server ? CLIENT_REPLY : join(HELLO, SERVER_REPLY);
          const stream = join(handshake, ...payloads.map(packet));
          for (const piece of pieces(stream, cuts)) expect(one.framing.feed(piece)).toBeUndefined();
          expect(one.packets).toEqual(payloads.map((payload) => [...payload]));
          one.framing.end();
        },
      ),
      { numRuns: 10_000 },
    );
    expect([live_buffers(), heap_use().blocks]).toEqual(before);
  });

  it('never throws, never delivers a packet past the first broken header, and keeps no memory, over 10,000 mutations', () => {
    const before = [live_buffers(), heap_use().blocks];
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'insert')), {
          maxLength: 4,
        }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.boolean(),
        (payloads, changes, cuts, is_server) => {
          let stream = [
            ...join(is_server ? CLIENT_REPLY : join(HELLO, SERVER_REPLY), ...payloads.map(packet)),
          ];
          for (const [where, value, kind] of changes) {
            const at = where % (stream.length + 1);
            if (kind === 'set' && at < stream.length) stream[at] = value;
            else if (kind === 'insert') stream.splice(at, 0, value);
            else stream = [...stream.slice(0, at), ...stream.slice(at + 1)];
          }
          const one = side(is_server, 60);
          for (const piece of pieces(Uint8Array.from(stream), cuts)) {
            const problem = one.framing.feed(piece);
            if (problem !== undefined) {
              expect(['bad_handshake', 'bad_header', 'too_large']).toContain(problem);
              break;
            }
          }
          for (const got of one.packets) expect(got.length).toBeLessThanOrEqual(60);
          one.framing.end();
        },
      ),
      { numRuns: 10_000 },
    );
    expect([live_buffers(), heap_use().blocks]).toEqual(before);
  });

  it('never throws over 10,000 mutations of a stream with control frames, and keeps no memory', () => {
    const before = [live_buffers(), heap_use().blocks];
    const control = (kind: number, payload: Uint8Array) =>
      join(hex('7eb1dec0'), Uint8Array.of(kind, 0, 0, 0, payload.length, 0, 0, 0), payload);
    const item = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((payload) => ({ payload, bytes: packet(payload) })),
      fc
        .tuple(fc.nat(9), fc.uint8Array({ maxLength: 40 }))
        .map(([kind, payload]) => ({ payload: undefined, bytes: control(kind, payload) })),
    );
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (items, changes, cuts) => {
          const greeting = hex('bebafeca 0bb0adde 10000000 42573180');
          const stream = join(greeting, ...items.map(({ bytes }) => bytes));
          for (const [where, value] of changes) stream[where % stream.length] = value;
          const got: number[][] = [];
          const framing = new Framing(true, 60, {
            send: () => {},
            ready: () => {},
            introduced: () => new Uint8Array(1),
            packet: (b, size) => {
              got.push([...u8.subarray(b.ptr, b.ptr + size)]);
              close(b);
            },
            control: ({ payload }) => {
              expect(payload.byteLength).toBeLessThanOrEqual(128);
              return true;
            },
          });
          framing.start();
          let problem: string | undefined;
          for (const piece of pieces(stream, cuts)) problem ??= framing.feed(piece);
          if (changes.length === 0) {
            expect(problem).toBeUndefined();
            const wanted = items.flatMap(({ payload }) => (payload ? [[...payload]] : []));
            expect(got).toEqual(wanted);
          }
          framing.end();
        },
      ),
      { numRuns: 10_000 },
    );
    expect([live_buffers(), heap_use().blocks]).toEqual(before);
  });

  it.each([
    ['a wrong first byte of the handshake', true, hex('00'), 'bad_handshake'],
    [
      'a wrong last word of the handshake',
      true,
      hex('bebafeca 0bb0adde 11000000'),
      'bad_handshake',
    ],
    ['a server that is none', false, hex('485454502f312e31'), 'bad_handshake'],
    ['a wrong magic', true, join(CLIENT_REPLY, hex('dec0adff 0c000000 01000000 00')), 'bad_header'],
    [
      'a wrong header length',
      true,
      join(CLIENT_REPLY, hex('dec0adde 0d000000 01000000 00')),
      'bad_header',
    ],
    [
      'a magic that breaks at its second byte, cut short',
      true,
      join(CLIENT_REPLY, hex('de00')),
      'bad_header',
    ],
    [
      'a length above the limit',
      true,
      join(CLIENT_REPLY, hex('dec0adde 0c000000 e9030000')),
      'too_large',
    ],
    [
      'the largest length there is',
      true,
      join(CLIENT_REPLY, hex('dec0adde 0c000000 ffffffff')),
      'too_large',
    ],
  ] as const)('gives up on %s', (_, is_server, bytes, problem) => {
    const one = side(is_server);
    expect(one.framing.feed(bytes)).toBe(problem);
    expect(one.packets).toEqual([]);
  });

  it('takes memory for a packet as it arrives, not as it is announced', () => {
    const before = heap_use().bytes;
    const server = side(true, 64 * 1024 * 1024);
    server.framing.feed(join(CLIENT_REPLY, hex('dec0adde 0c000000 00000004')));
    server.framing.feed(new Uint8Array(10));
    expect(heap_use().bytes - before).toBeLessThan(10_000);
    server.framing.feed(new Uint8Array(100_000));
    expect(heap_use().bytes - before).toBeLessThan(250_000);
    server.framing.end();
    expect(heap_use().bytes).toBe(before);
  });

  it('frames a packet in front of the bytes in linear memory', () => {
    const b = buffer_create(4, buffer_fixed, 1);
    [1, 0x25, 0, 1].forEach((byte, i) => {
      buffer_poke(b, i, buffer_u8, byte);
    });
    const bytes = frame(buffer_get_address(b), 4);
    expect(Buffer.from(bytes).toString('hex')).toBe('dec0adde0c0000000400000001250001');
    expect(frame(buffer_get_address(b), 0).length).toBe(12);
    buffer_delete(b);
  });
});
