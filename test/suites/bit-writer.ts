// Puts DEFLATE streams together by hand, bit for bit, so that each test says what every bit of a bad stream is.

/** Appends fields as RFC 1951, 3.1.1 packs them: from the least significant bit on. */
export class BitWriter {
  readonly #bits: number[] = [];

  /** A number of `n` bits, least significant first. `what` is for the reader of the test. */
  put(n: number, value: number, _what: string): this {
    for (let i = 0; i < n; i++) this.#bits.push((value >> i) & 1);
    return this;
  }

  /** A Huffman code, written as in the RFC: most significant bit first. */
  code(bits: string, _what: string): this {
    for (const bit of bits) this.#bits.push(Number(bit));
    return this;
  }

  /** Zero bits up to the next byte. */
  align(): this {
    while (this.#bits.length % 8) this.#bits.push(0);
    return this;
  }

  /** Whole bytes. */
  bytes(list: Iterable<number>, what: string): this {
    for (const byte of list) this.put(8, byte, what);
    return this;
  }

  /** What was written, the last byte filled with zeros. */
  done(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => {
      out[i >> 3] |= bit << (i & 7);
    });
    return out;
  }
}

/** Order of the code lengths of the code lengths (RFC 1951, 3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Starts a last block with codes of its own: numbers of codes, then the lengths of the code lengths, all 19 of them. */
export function dynamic_block(
  litlen: number,
  distances: number,
  precode: Record<number, number>,
): BitWriter {
  const w = new BitWriter()
    .put(1, 1, 'BFINAL: the last block')
    .put(2, 2, 'BTYPE: codes of its own')
    .put(5, litlen - 257, `HLIT: ${litlen} literal/length codes`)
    .put(5, distances - 1, `HDIST: ${distances} distance codes`)
    .put(4, 15, 'HCLEN: 19 code length codes');
  for (const symbol of ORDER) w.put(3, precode[symbol] ?? 0, `length of code ${symbol}`);
  return w;
}

/** A repeat of `n` zero lengths by code 18, whose code is `bits`. */
export function zeros(w: BitWriter, bits: string, n: number): BitWriter {
  let left = n;
  while (left > 0) {
    const part = left > 138 ? Math.min(138, left - 11) : left;
    w.code(bits, '18: a run of zeros').put(7, part - 11, `${part} of them`);
    left -= part;
  }
  return w;
}
