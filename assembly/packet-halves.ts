// Columns of f32 to halves and back, eight at a time.
//
// A float of exponent e (at least -14) plus 2^(e + 13) has a mantissa of units of 2^(e - 10), the last place of a half: the
// addition rounds, once and to nearest even, and the bits of the sum less those of 2^(e + 13) are the half's mantissa with its
// leading bit. Below 2^-14 the same gives subnormal halves, from 65520 on infinity.
//
// Where all eight are normal halves, their bits less those of 2^-14 are the half's but for the thirteen last ones and an exponent
// of 1, and rounding is an addition: fewer steps (measured: a quarter less time).

// Constants lie in memory: as literals V8 builds them anew at each use (measured: half as fast).
const C: usize = memory.data<u32>(
  [
    0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x47800000, 0x47800000, 0x47800000, 0x47800000,
    0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000, 0x38800000, 0x38800000, 0x38800000, 0x38800000,
    0x06800000, 0x06800000, 0x06800000, 0x06800000, 0x0001c400, 0x0001c400, 0x0001c400, 0x0001c400,
    0x80008000, 0x80008000, 0x80008000, 0x80008000, 0x00007fff, 0x00007fff, 0x00007fff, 0x00007fff,
    0x00007bff, 0x00007bff, 0x00007bff, 0x00007bff, 0x77800000, 0x77800000, 0x77800000, 0x77800000,
    0x00008000, 0x00008000, 0x00008000, 0x00008000, 0x0effffff, 0x0effffff, 0x0effffff, 0x0effffff,
    0x00800fff, 0x00800fff, 0x00800fff, 0x00800fff, 0x00000001, 0x00000001, 0x00000001, 0x00000001,
  ],
  16,
);

/** Turns f32 at `from` into halves at `to`, eight at a time: how many of `n`. NaN becomes 0x7e00. */
export function halves_simd(from: usize, to: usize, n: usize): usize {
  const bits = v128.load(C);
  const most = v128.load(C, 16);
  const exponent = v128.load(C, 32);
  const least = v128.load(C, 48);
  const up = v128.load(C, 64);
  const bias = v128.load(C, 80);
  const signs = v128.load(C, 96);
  const normal = v128.load(C, 176);
  const half = v128.load(C, 192);
  const one = v128.load(C, 208);
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    const x = v128.load(from + (i << 2));
    const y = v128.load(from + (i << 2), 16);
    const ax = v128.and(x, bits);
    const ay = v128.and(y, bits);
    let sign = v128.and(v128.shuffle<i16>(x, y, 1, 3, 5, 7, 9, 11, 13, 15), signs);
    const ux = i32x4.sub(ax, least);
    const uy = i32x4.sub(ay, least);
    const widest = i32x4.max_u(ux, uy);
    if (!v128.any_true(v128.xor(i32x4.min_u(widest, normal), widest))) {
      const ox = v128.and(i32x4.shr_u(ux, 13), one);
      const oy = v128.and(i32x4.shr_u(uy, 13), one);
      const rx = i32x4.shr_u(i32x4.add(i32x4.add(ux, half), ox), 13);
      const ry = i32x4.shr_u(i32x4.add(i32x4.add(uy, half), oy), 13);
      v128.store(to + (i << 1), v128.or(i16x8.narrow_i32x4_u(rx, ry), sign));
      continue;
    }
    const cx = i32x4.min_s(ax, most);
    const cy = i32x4.min_s(ay, most);
    const ex = i32x4.max_s(v128.and(cx, exponent), least);
    const ey = i32x4.max_s(v128.and(cy, exponent), least);
    const mx = i32x4.add(ex, up);
    const my = i32x4.add(ey, up);
    const hx = i32x4.sub(i32x4.add(i32x4.sub(f32x4.add(cx, mx), mx), i32x4.shr_u(ex, 13)), bias);
    const hy = i32x4.sub(i32x4.add(i32x4.sub(f32x4.add(cy, my), my), i32x4.shr_u(ey, 13)), bias);
    let code = i16x8.narrow_i32x4_u(hx, hy);
    if (v128.any_true(i32x4.gt_s(i32x4.max_s(ax, ay), exponent))) {
      const nan = i16x8.narrow_i32x4_s(i32x4.gt_s(ax, exponent), i32x4.gt_s(ay, exponent));
      sign = v128.andnot(sign, nan);
      code = v128.or(code, v128.and(nan, i16x8.splat(0x200)));
    }
    v128.store(to + (i << 1), v128.or(code, sign));
  }
  return i;
}

/** Turns halves at `from` into f32 at `to`, eight at a time: how many of `n`. */
export function unhalves_simd(from: usize, to: usize, n: usize): usize {
  const infinite = v128.load(C, 32);
  const magnitude = v128.load(C, 112);
  const finite = v128.load(C, 128);
  const scale = v128.load(C, 144);
  const sign = v128.load(C, 160);
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    const h = v128.load(from + (i << 1));
    const x = i32x4.extend_low_i16x8_u(h);
    const y = i32x4.extend_high_i16x8_u(h);
    const mx = v128.and(x, magnitude);
    const my = v128.and(y, magnitude);
    // An exponent of 31 becomes 255; times 2^112 brings the others, and subnormals, to their place.
    const vx = v128.or(
      f32x4.mul(i32x4.shl(mx, 13), scale),
      v128.and(i32x4.gt_s(mx, finite), infinite),
    );
    const vy = v128.or(
      f32x4.mul(i32x4.shl(my, 13), scale),
      v128.and(i32x4.gt_s(my, finite), infinite),
    );
    v128.store(to + (i << 2), v128.or(vx, i32x4.shl(v128.and(x, sign), 16)));
    v128.store(to + (i << 2), v128.or(vy, i32x4.shl(v128.and(y, sign), 16)), 16);
  }
  return i;
}
