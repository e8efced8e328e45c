// Saves one file again and again, until it is killed, and says when each save begins and ends.
// usage: node saving-child.mjs MODULE ROOT SIZE FIRST
import { writeSync } from 'node:fs';

const [module, root, size, first] = process.argv.slice(2);
const { buffer_create, buffer_fill, buffer_save, store_set_root } = await import(module);
store_set_root(root);
const b = buffer_create(Number(size), 0, 1);
for (let n = Number(first); ; n++) {
  buffer_fill(b, 0, 1, n & 255, -1);
  // At once into the pipe: what was written there outlives this process.
  writeSync(1, `begin ${n}\n`);
  await buffer_save(b, 'game.sav');
  writeSync(1, `end ${n}\n`);
}
