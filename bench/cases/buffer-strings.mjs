// Strings of 1 to 10,000 characters in three scripts, beside the host's own calls on a byte array.
import * as bw from 'bytewire';

const LENGTHS = [1, 4, 8, 16, 24, 32, 64, 128, 1000, 10_000];
const SCRIPTS = {
  ASCII: (i) => String.fromCharCode(97 + (i % 26)),
  Cyrillic: (i) => String.fromCharCode(0x430 + (i % 32)),
  'mixed with emoji': (i) => (i % 4 === 0 ? '😀' : i % 3 ? 'x' : '€'),
};

function texts(length, pick) {
  return Array.from({ length: 64 }, (_, j) => {
    let text = '';
    for (let i = 0; text.length < length; i++) text += pick(i * 7 + j);
    return text.slice(0, length).toWellFormed();
  });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function write_case(length, script, pick) {
  return {
    name: `buffer string write, ${length} characters ${script}`,
    group: 'buffer',
    ours: 'buffer_write_string',
    goals: [
      {
        row: `string write, ${script}, vs encodeInto`,
        column: String(length),
        must: 1,
        aim: 1,
        peers: ['encodeInto'],
      },
      {
        row: `string write, ${script}, vs utf8Write`,
        column: String(length),
        must: 1,
        aim: 1,
        peers: ['utf8Write'],
      },
    ],
    contenders() {
      const list = texts(length, pick);
      // 64 texts one behind the other, then from the start again: everybody keeps a position.
      const room = 64 * (length * 3 + 1) + 64;
      const b = bw.buffer_create(room, bw.buffer_fixed, 1);
      const bytes = new Uint8Array(room);
      const node = Buffer.alloc(room);
      const ours = (k) => {
        for (let i = 0; i < k; i++) {
          if ((i & 63) === 0) bw.buffer_seek(b, 0, 0);
          bw.buffer_write_string(b, list[i & 63]);
        }
      };
      // What a program does by hand: encode at the position, terminate.
      const into = (k) => {
        let at = 0;
        for (let i = 0; i < k; i++) {
          if ((i & 63) === 0) at = 0;
          const text = list[i & 63];
          at += encoder.encodeInto(text, bytes.subarray(at, at + text.length * 3)).written;
          bytes[at++] = 0;
        }
      };
      const native = (k) => {
        let at = 0;
        for (let i = 0; i < k; i++) {
          if ((i & 63) === 0) at = 0;
          const text = list[i & 63];
          at += node.utf8Write(text, at, text.length * 3);
          node[at++] = 0;
        }
      };
      for (const run of [ours, into, native]) run(1);
      const end = node.indexOf(0) + 1;
      if (
        Buffer.compare(bw.buffer_view(b, 0, end), node.subarray(0, end)) !== 0 ||
        Buffer.compare(bytes.subarray(0, end), node.subarray(0, end)) !== 0
      ) {
        throw new Error('other bytes than the peer');
      }
      return [
        { name: 'buffer_write_string', run: ours },
        { name: 'encodeInto', run: into },
        { name: 'utf8Write', run: native },
      ];
    },
  };
}

function read_case(length, script, pick) {
  return {
    name: `buffer string read, ${length} characters ${script}`,
    group: 'buffer',
    ours: 'buffer_read_string',
    goals: [
      {
        row: `string read, ${script}, vs TextDecoder`,
        column: String(length),
        must: 1,
        aim: 1,
        peers: ['TextDecoder'],
      },
      {
        row: `string read, ${script}, vs utf8Slice`,
        column: String(length),
        must: 0.9,
        aim: 1,
        peers: ['utf8Slice'],
      },
    ],
    contenders() {
      const [text] = texts(length, pick);
      const b = bw.buffer_create(length * 3 + 1, bw.buffer_fixed, 1);
      bw.buffer_write_string(b, text);
      const bytes = bw.buffer_to_bytes(b);
      const node = Buffer.from(bytes);
      let kept = '';
      const ours = (k) => {
        for (let i = 0; i < k; i++) {
          bw.buffer_seek(b, 0, 0);
          kept = bw.buffer_read_string(b);
        }
      };
      // The terminator has to be found by everybody.
      const decode = (k) => {
        for (let i = 0; i < k; i++) kept = decoder.decode(bytes.subarray(0, bytes.indexOf(0)));
      };
      const slice = (k) => {
        for (let i = 0; i < k; i++) kept = node.utf8Slice(0, node.indexOf(0));
      };
      for (const run of [ours, decode, slice]) {
        run(1);
        if (kept !== text) throw new Error('another text than was written');
      }
      return [
        { name: 'buffer_read_string', run: ours },
        { name: 'TextDecoder', run: decode },
        { name: 'utf8Slice', run: slice },
      ];
    },
  };
}

export const cases = Object.entries(SCRIPTS).flatMap(([script, pick]) =>
  LENGTHS.flatMap((length) => [write_case(length, script, pick), read_case(length, script, pick)]),
);
