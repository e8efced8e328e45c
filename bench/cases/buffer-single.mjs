// One call per datum: a six-field packet written and read field by field; mixed types over several buffers; the same bundled.
import { bundled } from '../host.mjs';
import { check_packet } from '../single-data.mjs';

// ---- the calls in a bundle, as a page has them

const SOURCES = {
  bytewire: ['bytewire', 'buffer_create, buffer_seek, buffer_write', 'buffer_seek(b, 0, 0)'],
  'plain JS': [
    './impls/js/buffer.mjs',
    'create as buffer_create, seek_start, write as buffer_write',
    'seek_start(b)',
  ],
};

const bundle_source = ([from, imports, seek]) => `
import { ${imports} } from '${from}';
import { buffer_u8, buffer_u16, buffer_u32, buffer_f32 } from 'bytewire';
const SEQ = Uint16Array.from({ length: 1024 }, (_, i) => i * 7);
const X = Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i) * 100);
const b = buffer_create(19000, 0, 1);
export function run(n) {
  let left = 0;
  for (let k = 0; k < n; k++) {
    const i = k & 1023;
    if (left-- === 0) { ${seek}; left = 999; }
    buffer_write(b, buffer_u16, SEQ[i]);
    buffer_write(b, buffer_f32, X[i]);
    buffer_write(b, buffer_f32, 1.5);
    buffer_write(b, buffer_f32, 0.75);
    buffer_write(b, buffer_u8, k & 255);
    buffer_write(b, buffer_u32, k);
  }
}`;

async function bundled_write(who) {
  const { run } = await bundled(bundle_source(SOURCES[who]));
  return { name: who === 'bytewire' ? 'bytewire generic' : 'frozen table', run };
}

const group = 'buffer';
const input = () => ({});
export const cases = [
  ...['write', 'read'].map((action) => ({
    group,
    series: `single calls, ${action}`,
    name: `buffer single calls: ${action} a 6-field packet`,
    operation: `six_fields_${action}`,
    ours: 'bytewire typed',
    input,
    check: check_packet,
  })),
  {
    group,
    series: 'single calls, mixed types',
    name: 'buffer single calls: mixed types over four buffers, generic write (4 calls)',
    operation: 'mixed_write',
    ours: 'bytewire generic',
    input,
  },
  {
    group,
    series: 'single calls, bundled',
    name: 'buffer single calls: generic write in a bundle',
    operation: 'bundled_write',
    ours: 'bytewire generic',
    hosts: ['node'],
    input: () => ({ bundled_write }),
  },
];
