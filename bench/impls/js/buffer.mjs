// The buffer in plain JavaScript, written to be good: an ArrayBuffer each, one frozen table of writers and readers by type.

class Buffer {
  constructor(size, grows) {
    this.view = new DataView(new ArrayBuffer(size));
    this.pos = 0;
    this.end = size;
    this.grows = grows;
  }
}

const buffers = [];

export function create(size, grows = false) {
  buffers.push(new Buffer(size, grows));
  return buffers.length - 1;
}

export function seek_start(id) {
  buffers[id].pos = 0;
}

export function bytes(id) {
  return new Uint8Array(buffers[id].view.buffer);
}

function grow(b, end) {
  if (!b.grows) return false;
  let size = b.end;
  while (size < end) size = Math.max(4, size * 2);
  const larger = new Uint8Array(size);
  larger.set(new Uint8Array(b.view.buffer));
  b.view = new DataView(larger.buffer);
  b.end = size;
  return true;
}

function w8(b, v) {
  const at = b.pos;
  if (at + 1 > b.end && !grow(b, at + 1)) return -2;
  b.view.setUint8(at, v);
  b.pos = at + 1;
  return 0;
}
function w16(b, v) {
  const at = b.pos;
  if (at + 2 > b.end && !grow(b, at + 2)) return -2;
  b.view.setUint16(at, v, true);
  b.pos = at + 2;
  return 0;
}
function w32(b, v) {
  const at = b.pos;
  if (at + 4 > b.end && !grow(b, at + 4)) return -2;
  b.view.setUint32(at, v, true);
  b.pos = at + 4;
  return 0;
}
function wf32(b, v) {
  const at = b.pos;
  if (at + 4 > b.end && !grow(b, at + 4)) return -2;
  b.view.setFloat32(at, v, true);
  b.pos = at + 4;
  return 0;
}
function wf64(b, v) {
  const at = b.pos;
  if (at + 8 > b.end && !grow(b, at + 8)) return -2;
  b.view.setFloat64(at, v, true);
  b.pos = at + 8;
  return 0;
}
const none = () => -4;
const WRITERS = Object.freeze([none, w8, w8, w16, w16, w32, w32, none, none, wf32, wf64]);

export function write(id, type, value) {
  return WRITERS[type](buffers[id], value);
}

const reader = (n, get) => (b) => {
  const at = b.pos;
  if (at + n > b.end) throw new RangeError('past the end');
  b.pos = at + n;
  return get(b.view, at);
};
const READERS = Object.freeze([
  none,
  reader(1, (view, at) => view.getUint8(at)),
  reader(1, (view, at) => view.getInt8(at)),
  reader(2, (view, at) => view.getUint16(at, true)),
  reader(2, (view, at) => view.getInt16(at, true)),
  reader(4, (view, at) => view.getUint32(at, true)),
  reader(4, (view, at) => view.getInt32(at, true)),
  none,
  none,
  reader(4, (view, at) => view.getFloat32(at, true)),
  reader(8, (view, at) => view.getFloat64(at, true)),
]);

export function read(id, type) {
  return READERS[type](buffers[id]);
}
