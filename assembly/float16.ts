// IEEE 754 half precision <-> double, in one rounding.

/** The 16 bits of a double, rounded to nearest even; from 65520 up infinity. NaN keeps its sign, as a quiet NaN. */
export function f16_bits(value: f64): i32 {
  const bits = reinterpret<u64>(value);
  const sign = <i32>(bits >> 48) & 0x8000;
  const magnitude = reinterpret<f64>(bits & 0x7fffffffffffffff);
  if (!(magnitude < 65520.0)) return sign | (magnitude != magnitude ? 0x7e00 : 0x7c00);
  // Exponent, held at that of the subnormals; then the mantissa in units of the last place.
  const exponent = max<i32>(<i32>(bits >> 52) & 0x7ff, 1023 - 14);
  const scale = reinterpret<f64>((<u64>(1023 + 10 + 1023 - exponent)) << 52);
  const mantissa = <i32>nearest(magnitude * scale);
  // Addition, not OR: a mantissa that rounds up to 2048 carries into the exponent, which is what is wanted.
  return sign | (((exponent - (1023 - 14)) << 10) + mantissa);
}

/** The double that 16 bits stand for. */
export function f16_value(half: i32): f64 {
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  let value: f64;
  if (exponent == 31) value = mantissa ? NaN : Infinity;
  else if (exponent == 0) value = <f64>mantissa * 5.9604644775390625e-8;
  else value = <f64>(1024 + mantissa) * reinterpret<f64>((<u64>(1023 + exponent - 25)) << 52);
  return half & 0x8000 ? -value : value;
}
