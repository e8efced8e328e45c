// A contender that goes through a pool of values, and whose results count.
import { sink } from './data.mjs';

/** `call(value)` gives something with a length, or a number; each contender gets a loop of its own. */
export function contender(name, values, call) {
  // Text of its own for each: else V8 would share what it has learnt of the others.
  const loop = new Function(
    'values',
    'call',
    'sink',
    `/* ${name} ${Math.random()} */ const mask = values.length - 1; let i = 0;
     return (n) => { let sum = 0; for (; n > 0; n--) { const r = call(values[i++ & mask]); sum += typeof r === 'number' ? r : r.length; } sink.value += sum; };`,
  );
  return { name, run: loop(values, call, sink) };
}
