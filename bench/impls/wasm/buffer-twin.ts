// The buffer as a module that owns everything: state in a header in linear memory, one wasm call per datum. To compare with.
//   header: +0 first byte  +4 position  +8 end
let top: i32 = 65536;

export function create(size: i32): i32 {
  const h = top;
  store<i32>(h, h + 16);
  store<i32>(h, h + 16, 4);
  store<i32>(h, h + 16 + size, 8);
  top = (h + 16 + size + 79) & ~15;
  return h;
}

export function seek_start(h: i32): void {
  store<i32>(h, load<i32>(h), 4);
}

export function write(h: i32, type: i32, value: f64): i32 {
  const at = load<i32>(h, 4);
  const end = load<i32>(h, 8);
  switch (type) {
    case 1:
    case 2:
      if (at + 1 > end) return -2;
      store<u8>(at, <u8>(<i32>value));
      store<i32>(h, at + 1, 4);
      return 0;
    case 3:
    case 4:
      if (at + 2 > end) return -2;
      store<u16>(at, <u16>(<i32>value));
      store<i32>(h, at + 2, 4);
      return 0;
    case 5:
    case 6:
      if (at + 4 > end) return -2;
      store<u32>(at, <u32>(<i64>value));
      store<i32>(h, at + 4, 4);
      return 0;
    case 9:
      if (at + 4 > end) return -2;
      store<f32>(at, <f32>value);
      store<i32>(h, at + 4, 4);
      return 0;
    case 10:
      if (at + 8 > end) return -2;
      store<f64>(at, value);
      store<i32>(h, at + 8, 4);
      return 0;
    default:
      return -4;
  }
}

export function read(h: i32, type: i32): f64 {
  const at = load<i32>(h, 4);
  const end = load<i32>(h, 8);
  switch (type) {
    case 1:
      if (at + 1 > end) return NaN;
      store<i32>(h, at + 1, 4);
      return <f64>load<u8>(at);
    case 2:
      if (at + 1 > end) return NaN;
      store<i32>(h, at + 1, 4);
      return <f64>load<i8>(at);
    case 3:
      if (at + 2 > end) return NaN;
      store<i32>(h, at + 2, 4);
      return <f64>load<u16>(at);
    case 4:
      if (at + 2 > end) return NaN;
      store<i32>(h, at + 2, 4);
      return <f64>load<i16>(at);
    case 5:
      if (at + 4 > end) return NaN;
      store<i32>(h, at + 4, 4);
      return <f64>load<u32>(at);
    case 6:
      if (at + 4 > end) return NaN;
      store<i32>(h, at + 4, 4);
      return <f64>load<i32>(at);
    case 9:
      if (at + 4 > end) return NaN;
      store<i32>(h, at + 4, 4);
      return <f64>load<f32>(at);
    case 10:
      if (at + 8 > end) return NaN;
      store<i32>(h, at + 8, 4);
      return load<f64>(at);
    default:
      return NaN;
  }
}
