// npm run fuzz:deflate: the checks of test/property/deflate.test.ts for minutes instead of seconds.
// usage: npm run fuzz:deflate [-- inputs damaged seed]
import * as zlib from 'node:zlib';
import { kernel } from '../../bindings/wasm/memory.js';
import { check_damaged, check_round_trip, check_streams } from '../suites/deflate-check.js';
import { damage, make_input, random_from } from '../suites/deflate-inputs.js';

const [inputs = 30_000, damaged = 200_000, seed = 1] = process.argv.slice(2).map(Number);

let current = seed;
const say = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

function run(): void {
  let bytes = 0;
  for (let i = 0; i < inputs; i++) {
    current = seed + i;
    const random = random_from(current);
    const input = make_input(random, i % 50 === 0 ? 400_000 : 20_000);
    bytes += input.length;
    check_round_trip(input, random);
    if (i % 4 === 0) check_streams(input, random);
    if (i % 5000 === 4999) say(`${i + 1} inputs, ${(bytes / 1e6).toFixed(0)} MB`);
  }
  let accepted = 0;
  for (let i = 0; i < damaged; ) {
    current = seed + 1_000_000_000 + i;
    const random = random_from(current);
    // Some are long enough for entries of two symbols.
    const input = make_input(random, i % 40 === 0 ? 40_000 : 4000);
    const raw = random(2) === 0;
    const options = { level: random(10), strategy: random(5), memLevel: 1 + random(9) };
    const good = raw ? zlib.deflateRawSync(input, options) : zlib.deflateSync(input, options);
    for (let k = 0; k < 10 && i < damaged; k++, i++) {
      if (check_damaged(damage(good, random), raw ? 'raw' : 'zlib', random)) accepted++;
      if (i % 50_000 === 49_999) say(`${i + 1} damaged streams, ${accepted} of them still whole`);
    }
  }
  if (kernel.heap_check() !== 0) throw new Error('the heap is broken');
  say(`${inputs} inputs and ${damaged} damaged streams: all as they should be`);
}

try {
  run();
} catch (error) {
  console.error(`failed with seed ${current}`);
  throw error;
}
