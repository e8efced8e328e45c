// Strings of 1 to 10,000 characters in three scripts.
const LENGTHS = [1, 4, 8, 16, 24, 32, 64, 128, 1000, 10_000];
const SCRIPTS = {
  ASCII: (i) => String.fromCharCode(97 + (i % 26)),
  Cyrillic: (i) => String.fromCharCode(0x430 + (i % 32)),
  'mixed with emoji': (i) => (i % 4 === 0 ? '😀' : i % 3 ? 'x' : '€'),
};
const TEXTS = 64;

function texts(length, pick) {
  return Array.from({ length: TEXTS }, (_, j) => {
    let text = '';
    for (let i = 0; text.length < length; i++) text += pick(i * 7 + j);
    return text.slice(0, length).toWellFormed();
  });
}

const encoder = new TextEncoder();

function check_written(got, i, { list }) {
  const wanted = encoder.encode(`${list[i]}\0`);
  if (got.length !== wanted.length || wanted.some((byte, at) => got[at] !== byte)) {
    throw new Error(`text ${i} is written as ${got}`);
  }
}

function check_read(got, _, { text }) {
  if (got !== text) throw new Error(`it reads ${got}`);
}

const case_of = (action, length, script) => ({
  group: 'buffer',
  series: `string ${action}, ${script}`,
  name: `buffer string ${action}, ${length} characters ${script}`,
  operation: `string_${action}`,
  x: length,
  unit: 'characters',
  ours: 'bytewire',
});

function write_case(length, script, pick) {
  return {
    ...case_of('write', length, script),
    // One text behind the other, then from the start again: everybody keeps a position.
    input: () => ({
      list: texts(length, pick),
      room: TEXTS * (length * 3 + 1) + 64,
      count: TEXTS,
    }),
    check: check_written,
  };
}

function read_case(length, script, pick) {
  return {
    ...case_of('read', length, script),
    input() {
      const [text] = texts(length, pick);
      return { text, bytes: encoder.encode(`${text}\0`) };
    },
    check: check_read,
  };
}

export const cases = Object.entries(SCRIPTS).flatMap(([script, pick]) => [
  ...LENGTHS.map((length) => write_case(length, script, pick)),
  ...LENGTHS.map((length) => read_case(length, script, pick)),
]);
