// Typed reads and writes of one number at an address. Stateless: the position lives in the caller.
import {
  NO_ROOM,
  NO_TYPE,
  TYPE_BOOL,
  TYPE_F16,
  TYPE_F32,
  TYPE_F64,
  TYPE_S8,
  TYPE_S16,
  TYPE_S32,
  TYPE_U8,
  TYPE_U16,
  TYPE_U32,
  TYPE_U64,
} from './constants';
import { f16_bits, f16_value } from './float16';

/** The value truncated toward zero, modulo 2^64. NaN and infinities are 0. */
function wrap64(value: f64): u64 {
  if (Math.abs(value) < 9223372036854775808.0) return <u64>(<i64>value);
  const bits = reinterpret<u64>(value);
  const exponent = <i32>(bits >> 52) & 0x7ff;
  // From 2^63 up a double is a multiple of 2^11: shift its 53 bits into place, what leaves at the top is the modulus.
  const shift = exponent - 1075;
  if (exponent == 0x7ff || shift > 63) return 0;
  const magnitude = ((bits & 0xfffffffffffff) | 0x10000000000000) << (<u64>shift);
  return <i64>bits < 0 ? 0 - magnitude : magnitude;
}

/**
 * Writes a number at `address`, little-endian, and gives the address behind it; NO_ROOM when that would pass `limit`,
 * NO_TYPE for strings and unknown types. Integers wrap modulo 2^n, f16 and f32 round to nearest even, bool is truth.
 */
export function put(address: i32, limit: i32, type: i32, value: f64): i32 {
  let end: i32;
  switch (type) {
    case TYPE_U8:
    case TYPE_S8:
      end = address + 1;
      if (end > limit) return NO_ROOM;
      store<u8>(address, <u8>wrap64(value));
      return end;
    case TYPE_U16:
    case TYPE_S16:
      end = address + 2;
      if (end > limit) return NO_ROOM;
      store<u16>(address, <u16>wrap64(value));
      return end;
    case TYPE_U32:
    case TYPE_S32:
      end = address + 4;
      if (end > limit) return NO_ROOM;
      store<u32>(address, <u32>wrap64(value));
      return end;
    case TYPE_U64:
      end = address + 8;
      if (end > limit) return NO_ROOM;
      store<u64>(address, wrap64(value));
      return end;
    case TYPE_F16:
      end = address + 2;
      if (end > limit) return NO_ROOM;
      store<u16>(address, <u16>f16_bits(value));
      return end;
    case TYPE_F32:
      end = address + 4;
      if (end > limit) return NO_ROOM;
      store<f32>(address, <f32>value);
      return end;
    case TYPE_F64:
      end = address + 8;
      if (end > limit) return NO_ROOM;
      store<f64>(address, value);
      return end;
    case TYPE_BOOL:
      end = address + 1;
      if (end > limit) return NO_ROOM;
      store<u8>(address, value != 0 && value == value ? 1 : 0);
      return end;
    default:
      return NO_TYPE;
  }
}

/** Reads a number at `address`; bool gives 0 or 1, u64 is rounded to a double, an unknown type gives NaN. */
export function take(address: i32, type: i32): f64 {
  switch (type) {
    case TYPE_U8:
      return <f64>load<u8>(address);
    case TYPE_S8:
      return <f64>load<i8>(address);
    case TYPE_U16:
      return <f64>load<u16>(address);
    case TYPE_S16:
      return <f64>load<i16>(address);
    case TYPE_U32:
      return <f64>load<u32>(address);
    case TYPE_S32:
      return <f64>load<i32>(address);
    case TYPE_U64:
      return <f64>load<u64>(address);
    case TYPE_F16:
      return f16_value(<i32>load<u16>(address));
    case TYPE_F32:
      return <f64>load<f32>(address);
    case TYPE_F64:
      return load<f64>(address);
    case TYPE_BOOL:
      return load<u8>(address) != 0 ? 1 : 0;
    default:
      return NaN;
  }
}
