// Bad DEFLATE streams put together by hand: each is refused for its own reason, at its own byte, and node:zlib refuses it too.
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { BitWriter, dynamic_block, zeros } from '../suites/bit-writer.js';

function decode(stream: Uint8Array, options: bw.DecompressOptions = { format: 'raw' }) {
  const source = bw.buffer_from(stream);
  const result = bw.buffer_decompress(source, options);
  bw.buffer_delete(source);
  if (result < 0) return bw.buffer_last_error();
  const bytes = bw.buffer_to_bytes(result);
  bw.buffer_delete(result);
  return bytes;
}

// In pieces of a byte: the same verdict.
function decode_slowly(stream: Uint8Array, options: bw.DecompressOptions = { format: 'raw' }) {
  const source = bw.buffer_from(stream);
  const out = bw.buffer_create(0, bw.buffer_grow, 1);
  const s = bw.inflate_create(options);
  let failed = false;
  for (let i = 0; i < stream.length && !failed; i++) {
    failed = bw.inflate_push(s, source, i, 1, out) < 0;
  }
  const ended = bw.inflate_ended(s);
  bw.inflate_delete(s);
  bw.buffer_delete(source);
  bw.buffer_delete(out);
  return { failed, ended };
}

const last_fixed = () => new BitWriter().put(1, 1, 'BFINAL').put(2, 1, 'BTYPE: fixed codes');
/** Bytes that no decoder should ever get to. */
const REST = [0xaa, 0xbb, 0xcc, 0xdd];

// Precode of most cases: lengths 0, 1, 2 and the run of zeros, two bits each: 0 = 00, 1 = 01, 2 = 10, 18 = 11.
const PRECODE = { 0: 2, 1: 2, 2: 2, 18: 2 };
const ZERO = '00';
const ONE = '01';
const TWO = '10';
const RUN = '11';

interface Bad {
  title: string;
  stream: () => BitWriter;
  message: string;
  /** Byte of the stream at which it was found. */
  position: number;
}

const BAD: Bad[] = [
  {
    title: 'block type 3',
    stream: () => new BitWriter().put(1, 1, 'BFINAL').put(2, 3, 'BTYPE: reserved'),
    message: 'there is no block type 3',
    position: 1,
  },
  {
    title: 'block type 3 behind a good block',
    stream: () =>
      new BitWriter()
        .put(1, 0, 'not the last')
        .put(2, 0, 'BTYPE: stored')
        .align()
        .bytes([2, 0, 0xfd, 0xff, 65, 66], 'LEN, NLEN, two bytes')
        .put(1, 1, 'BFINAL')
        .put(2, 3, 'BTYPE: reserved'),
    message: 'there is no block type 3',
    position: 8,
  },
  {
    title: 'a stored block whose NLEN is not the complement of LEN',
    stream: () =>
      new BitWriter()
        .put(1, 1, 'BFINAL')
        .put(2, 0, 'BTYPE: stored')
        .align()
        .bytes([1, 0, 0xff, 0xff, 65], 'LEN 1, NLEN of 0'),
    message: 'the length of a stored block does not match its complement',
    position: 5,
  },
  {
    title: 'HLIT of 287 codes',
    stream: () => dynamic_block(287, 1, PRECODE),
    message: 'a block has more codes than DEFLATE allows',
    position: 3,
  },
  {
    title: 'HLIT of 288 codes',
    stream: () => dynamic_block(288, 1, PRECODE),
    message: 'a block has more codes than DEFLATE allows',
    position: 3,
  },
  {
    title: 'HDIST of 31 codes',
    stream: () => dynamic_block(257, 31, PRECODE),
    message: 'a block has more codes than DEFLATE allows',
    position: 3,
  },
  {
    title: 'HDIST of 32 codes',
    stream: () => dynamic_block(257, 32, PRECODE),
    message: 'a block has more codes than DEFLATE allows',
    position: 3,
  },
  {
    title: 'an over-subscribed code of code lengths: three one-bit codes',
    stream: () => dynamic_block(257, 1, { 0: 1, 1: 1, 2: 1 }).bytes(REST, 'never read'),
    message: 'the code of the code lengths is not complete',
    position: 10,
  },
  {
    title: 'an incomplete code of code lengths: a single one-bit code',
    stream: () => dynamic_block(257, 1, { 0: 1 }).bytes(REST, 'never read'),
    message: 'the code of the code lengths is not complete',
    position: 10,
  },
  {
    title: 'a code of code lengths without a code',
    stream: () => dynamic_block(257, 1, {}).bytes(REST, 'never read'),
    message: 'the code of the code lengths is not complete',
    position: 10,
  },
  {
    title: 'a repeat of the code length before the first',
    stream: () =>
      dynamic_block(257, 1, { 0: 1, 16: 1 })
        .code('1', '16: repeat what came before')
        .put(2, 0, 'three times')
        .bytes(REST, 'never read'),
    message: 'the first code length repeats one before it',
    position: 10,
  },
  {
    title: 'a run of code lengths past their number',
    stream: () =>
      dynamic_block(257, 1, { 1: 1, 18: 1 })
        .code('1', '18: a run of zeros')
        .put(7, 127, '138 of them')
        .code('1', '18: a run of zeros')
        .put(7, 127, '138 more: 276 of 258')
        .bytes(REST, 'never read'),
    message: 'the code lengths run past their number',
    position: 12,
  },
  {
    title: 'a repeat of a code length past their number',
    stream: () =>
      zeros(dynamic_block(257, 1, { 1: 2, 2: 2, 16: 2, 18: 2 }), '11', 255)
        .code('00', 'length 1 for 255')
        .code('00', 'length 1 for 256')
        .code('10', '16: repeat it')
        .put(2, 0, 'three times, with one place left')
        .bytes(REST, 'never read'),
    message: 'the code lengths run past their number',
    position: 13,
  },
  {
    title: 'no code for the end of the block',
    stream: () =>
      zeros(dynamic_block(257, 1, PRECODE).code(ONE, 'literal 0').code(ONE, 'literal 1'), RUN, 255)
        .code(ONE, 'distance 1')
        .bytes(REST, 'never read'),
    message: 'a block has no code for its end',
    position: 13,
  },
  {
    title: 'an over-subscribed literal code: three one-bit codes',
    stream: () =>
      zeros(dynamic_block(257, 1, PRECODE).code(ONE, 'literal 0').code(ONE, 'literal 1'), RUN, 254)
        .code(ONE, 'end of block')
        .code(ONE, 'distance 1')
        .bytes(REST, 'never read'),
    message: 'the literal and length code is not complete, or has too many codes',
    position: 13,
  },
  {
    title: 'an incomplete literal code: one bit and two bits, a quarter unused',
    stream: () =>
      zeros(dynamic_block(257, 1, PRECODE).code(ONE, 'literal 0'), RUN, 255)
        .code(TWO, 'end of block')
        .code(ONE, 'distance 1')
        .bytes(REST, 'never read'),
    message: 'the literal and length code is not complete, or has too many codes',
    position: 13,
  },
  {
    title: 'an over-subscribed distance code: three one-bit codes',
    stream: () =>
      zeros(dynamic_block(257, 3, PRECODE).code(ONE, 'literal 0'), RUN, 255)
        .code(ONE, 'end of block')
        .code(ONE, 'distance 1')
        .code(ONE, 'distance 2')
        .code(ONE, 'distance 3')
        .bytes(REST, 'never read'),
    message: 'the distance code is not complete, or has too many codes',
    position: 13,
  },
  {
    title: 'an incomplete distance code: a single two-bit code',
    stream: () =>
      zeros(dynamic_block(257, 1, PRECODE).code(ONE, 'literal 0'), RUN, 255)
        .code(ONE, 'end of block')
        .code(TWO, 'distance 1')
        .bytes(REST, 'never read'),
    message: 'the distance code is not complete, or has too many codes',
    position: 13,
  },
  {
    title: 'the other half of a single one-bit distance code',
    stream: () =>
      zeros(dynamic_block(258, 1, PRECODE).code(TWO, 'literal 0'), RUN, 255)
        .code(TWO, 'end of block')
        .code(ONE, 'length 3')
        .code(ONE, 'distance 1')
        .code('10', 'literal 0')
        .code('0', 'length 3')
        .code('1', 'no distance has this code')
        .bytes(REST, 'never read'),
    message: 'there is no such distance symbol',
    position: 13,
  },
  {
    title: 'a match where there is no distance code at all',
    stream: () =>
      zeros(dynamic_block(258, 1, PRECODE).code(TWO, 'literal 0'), RUN, 255)
        .code(TWO, 'end of block')
        .code(ONE, 'length 3')
        .code(ZERO, 'distance 1 unused')
        .code('10', 'literal 0')
        .code('0', 'length 3')
        .code('0', 'no distance has a code')
        .bytes(REST, 'never read'),
    message: 'there is no such distance symbol',
    position: 13,
  },
  {
    title: 'length symbol 286 of the fixed code',
    stream: () => last_fixed().code('11000110', 'symbol 286').bytes(REST, 'never read'),
    message: 'there is no such literal or length symbol',
    position: 2,
  },
  {
    title: 'length symbol 287 of the fixed code',
    stream: () => last_fixed().code('11000111', 'symbol 287').bytes(REST, 'never read'),
    message: 'there is no such literal or length symbol',
    position: 2,
  },
  ...[30, 31].map((symbol) => ({
    title: `distance symbol ${symbol} of the fixed code`,
    stream: () =>
      last_fixed()
        .code('00110000', 'literal 0')
        .code('0000001', 'length 3')
        .code(symbol.toString(2).padStart(5, '0'), `distance symbol ${symbol}`)
        .bytes(REST, 'never read'),
    message: 'there is no such distance symbol',
    position: 3,
  })),
  {
    title: 'a match before any byte',
    stream: () =>
      last_fixed()
        .code('0000001', 'length 3')
        .code('00000', 'distance 1')
        .bytes(REST, 'never read'),
    message: 'a distance reaches back before the first byte',
    position: 2,
  },
  {
    title: 'a distance one byte too far',
    stream: () =>
      last_fixed()
        .code('00110000', 'literal 0')
        .code('00110001', 'literal 1')
        .code('0000001', 'length 3')
        .code('00010', 'distance 3')
        .bytes(REST, 'never read'),
    message: 'a distance reaches back before the first byte',
    position: 4,
  },
  {
    title: 'the largest distance, with four bytes before it',
    stream: () =>
      last_fixed()
        .code('0011000000110000'.repeat(2), 'literal 0, four times')
        .code('11000101', 'length 258')
        .code('11101', 'distance symbol 29')
        .put(13, 8191, 'distance 32768')
        .bytes(REST, 'never read'),
    message: 'a distance reaches back before the first byte',
    position: 8,
  },
];

describe('a hand-made bad stream', () => {
  it.each(BAD)('$title', ({ stream, message, position }) => {
    const bytes = stream().done();
    const error = decode(bytes);
    expect(error).toMatchObject({ code: 'bad_data', position });
    expect((error as bw.BufferError).message).toContain(message);
    expect(() => zlib.inflateRawSync(bytes)).toThrow();
    expect(decode_slowly(bytes)).toEqual({ failed: true, ended: false });
  });

  it('leaves a decoder that still works', () => {
    for (const { stream } of BAD) decode(stream().done());
    expect(decode(zlib.deflateRawSync('all is well'))).toEqual(
      new Uint8Array(Buffer.from('all is well')),
    );
  });
});

// The nearest good neighbours: an encoder may write these, and a decoder that is too strict is as bad as one too loose.
const GOOD: { title: string; stream: () => BitWriter; bytes: number[] }[] = [
  {
    title: 'nothing at all',
    stream: () => last_fixed().code('0000000', 'end of block'),
    bytes: [],
  },
  {
    title: 'an empty stored block, then a fixed one',
    stream: () =>
      new BitWriter()
        .put(1, 0, 'not the last')
        .put(2, 0, 'stored')
        .align()
        .bytes([0, 0, 255, 255], 'LEN 0')
        .put(1, 1, 'BFINAL')
        .put(2, 1, 'fixed')
        .code('01110001', 'literal 65')
        .code('0000000', 'end of block'),
    bytes: [65],
  },
  {
    title: 'a match that overlaps itself, as far back as it may',
    stream: () =>
      last_fixed()
        .code('01110001', 'literal 65')
        .code('01110010', 'literal 66')
        .code('0000011', 'length 5')
        .code('00001', 'distance 2')
        .code('0000000', 'end of block'),
    bytes: [65, 66, 65, 66, 65, 66, 65],
  },
  {
    title: 'length 258 by symbol 284 with all its extra bits',
    stream: () =>
      last_fixed()
        .code('01110001', 'literal 65')
        .code('11000100', 'length symbol 284: 227 and')
        .put(5, 31, '31 more')
        .code('00000', 'distance 1')
        .code('0000000', 'end of block'),
    bytes: new Array(259).fill(65),
  },
  {
    title: 'a single one-bit distance code, used',
    stream: () =>
      zeros(dynamic_block(258, 1, PRECODE).code(TWO, 'literal 0'), RUN, 255)
        .code(TWO, 'end of block')
        .code(ONE, 'length 3')
        .code(ONE, 'distance 1')
        .code('10', 'literal 0')
        .code('0', 'length 3')
        .code('0', 'distance 1')
        .code('11', 'end of block'),
    bytes: [0, 0, 0, 0],
  },
  {
    title: 'no distance code, and no match',
    stream: () =>
      zeros(dynamic_block(257, 1, PRECODE).code(ONE, 'literal 0'), RUN, 255)
        .code(ONE, 'end of block')
        .code(ZERO, 'distance 1 unused')
        .code('0', 'literal 0')
        .code('1', 'end of block'),
    bytes: [0],
  },
  {
    title: 'a single code that ends the block, one bit long',
    stream: () =>
      zeros(dynamic_block(257, 1, PRECODE), RUN, 256)
        .code(ONE, 'end of block')
        .code(ZERO, 'distance 1 unused')
        .code('0', 'end of block'),
    bytes: [],
  },
];

describe('a hand-made good stream', () => {
  it.each(GOOD)('$title', ({ stream, bytes }) => {
    const packed = stream().done();
    expect([...zlib.inflateRawSync(packed)]).toEqual(bytes);
    expect(decode(packed)).toEqual(new Uint8Array(bytes));
    expect(decode_slowly(packed)).toEqual({ failed: false, ended: true });
  });
});

describe('a distance', () => {
  const three_back = () =>
    last_fixed()
      .code('00110000', 'literal 0')
      .code('0000001', 'length 3')
      .code('00010', 'distance 3')
      .code('0000000', 'end of block')
      .done();

  it('may reach into a dictionary, and not before it', () => {
    const two = bw.buffer_from(new Uint8Array([7, 8]));
    const one = bw.buffer_from(new Uint8Array([8]));
    expect(decode(three_back(), { format: 'raw', dictionary: two })).toEqual(
      new Uint8Array([0, 7, 8, 0]),
    );
    expect(decode(three_back(), { format: 'raw', dictionary: one })).toMatchObject({
      code: 'bad_data',
      message: 'a distance reaches back before the first byte',
    });
    bw.buffer_delete(one);
    bw.buffer_delete(two);
  });

  it('does not reach from one gzip member into the one before', () => {
    const first = zlib.gzipSync(Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]));
    const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    const second = Buffer.from([...header, ...three_back(), 0, 0, 0, 0, 4, 0, 0, 0]);
    const both = Buffer.concat([first, second]);
    expect(() => zlib.gunzipSync(both)).toThrow();
    expect(decode(both, {})).toMatchObject({
      code: 'bad_data',
      message: 'a distance reaches back before the first byte',
    });
    expect(decode_slowly(both, {})).toEqual({ failed: true, ended: false });
  });
});
