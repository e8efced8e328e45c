// Who compresses and decompresses beside us: functions from bytes to bytes.
import * as zlib from 'node:zlib';
import * as foras from '@hazae41/foras';
import * as fflate from 'fflate';
import * as libdeflate from 'libdeflate';
import * as pako from 'pako';

// foras hands out memory of its own; what a program can keep is a copy.
const from_foras = (memory) => memory.copyAndDispose();

/** The best of these counts as "best of fflate, pako, foras". */
export const PACKAGES = ['fflate', 'pako', 'foras'];

/** By name: zlib stream -> bytes. */
export async function decompressors() {
  await foras.initBundledOnce();
  return {
    'node:zlib': (bytes) => zlib.inflateSync(bytes),
    fflate: (bytes) => fflate.unzlibSync(bytes),
    pako: (bytes) => pako.inflate(bytes),
    foras: (bytes) => from_foras(foras.unzlib(new foras.Memory(bytes))),
  };
}

/** By name: bytes -> zlib stream, at a level of the peer's own scale. */
export async function compressors(level) {
  await foras.initBundledOnce();
  const at_most_9 = Math.min(level, 9);
  const options = { level: at_most_9 };
  return {
    'node:zlib': (bytes) => zlib.deflateSync(bytes, options),
    libdeflate: (bytes) => libdeflate.zlib(bytes, level),
    fflate: (bytes) => fflate.zlibSync(bytes, options),
    pako: (bytes) => pako.deflate(bytes, options),
    foras: (bytes) => from_foras(foras.zlib(new foras.Memory(bytes), at_most_9)),
  };
}
