// CRC-32 (RFC 1952, 8) eight bytes at a time over eight tables, the checksum of gzip members.

const TABLES: usize = memory.data(8 * 256 * 4, 16);
let ready: bool = false;

function init(): void {
  ready = true;
  for (let i: u32 = 0; i < 256; i++) {
    let c = i;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    store<u32>(TABLES + ((<usize>i) << 2), c);
  }
  for (let i: usize = 0; i < 256; i++) {
    let c = load<u32>(TABLES + (i << 2));
    for (let t: usize = 1; t < 8; t++) {
      c = (c >>> 8) ^ load<u32>(TABLES + ((<usize>(c & 255)) << 2));
      store<u32>(TABLES + (t << 10) + (i << 2), c);
    }
  }
}

function at(table: usize, byte: u64): u32 {
  return load<u32>(TABLES + (table << 10) + ((<usize>(byte & 255)) << 2));
}

/** The checksum of `len` bytes at `ptr`, going on from `crc` (0 at the start). */
export function crc32(ptr: usize, len: usize, crc: u32): u32 {
  if (!ready) init();
  let c = ~crc;
  while (len >= 8) {
    const w = load<u64>(ptr) ^ <u64>c;
    c =
      at(7, w) ^
      at(6, w >> 8) ^
      at(5, w >> 16) ^
      at(4, w >> 24) ^
      at(3, w >> 32) ^
      at(2, w >> 40) ^
      at(1, w >> 48) ^
      at(0, w >> 56);
    ptr += 8;
    len -= 8;
  }
  while (len != 0) {
    c = (c >>> 8) ^ at(0, <u64>(c ^ <u32>load<u8>(ptr)));
    ptr++;
    len--;
  }
  return ~c;
}
