// One call per datum: a six-field packet, written and read field by field.

import { BitStream } from 'bit-buffer';
import ByteBuffer from 'bytebuffer';
import * as bw from 'bytewire';
import { SmartBuffer } from 'smart-buffer';

const FIELDS = [513, 1.5, -2.25, 0.75, 200, 70000];

function verify(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const got = [
    view.getUint16(0, true),
    view.getFloat32(2, true),
    view.getFloat32(6, true),
    view.getFloat32(10, true),
    view.getUint8(14),
    view.getUint32(15, true),
  ];
  if (String(got) !== String(FIELDS)) throw new Error(`wrong packet: ${got}`);
}

function hand() {
  const view = new DataView(new ArrayBuffer(64));
  const write = (i) => {
    let p = 0;
    view.setUint16(p, 513 + (i & 0), true);
    p += 2;
    view.setFloat32(p, 1.5, true);
    p += 4;
    view.setFloat32(p, -2.25, true);
    p += 4;
    view.setFloat32(p, 0.75, true);
    p += 4;
    view.setUint8(p, 200);
    p += 1;
    view.setUint32(p, 70000, true);
    p += 4;
    return p;
  };
  const read = () => {
    let p = 0;
    let sum = view.getUint16(p, true);
    p += 2;
    sum += view.getFloat32(p, true);
    p += 4;
    sum += view.getFloat32(p, true);
    p += 4;
    sum += view.getFloat32(p, true);
    p += 4;
    sum += view.getUint8(p);
    p += 1;
    return sum + view.getUint32(p, true);
  };
  write(0);
  verify(new Uint8Array(view.buffer));
  return { write, read };
}

function typed() {
  const b = bw.buffer_create(64, bw.buffer_fixed, 1);
  const write = () => {
    bw.buffer_seek(b, 0, 0);
    bw.buffer_write_u16(b, 513);
    bw.buffer_write_f32(b, 1.5);
    bw.buffer_write_f32(b, -2.25);
    bw.buffer_write_f32(b, 0.75);
    bw.buffer_write_u8(b, 200);
    bw.buffer_write_u32(b, 70000);
  };
  const read = () => {
    bw.buffer_seek(b, 0, 0);
    let sum = bw.buffer_read_u16(b);
    sum += bw.buffer_read_f32(b);
    sum += bw.buffer_read_f32(b);
    sum += bw.buffer_read_f32(b);
    sum += bw.buffer_read_u8(b);
    return sum + bw.buffer_read_u32(b);
  };
  write();
  verify(bw.buffer_to_bytes(b));
  return { write, read };
}

function generic() {
  const b = bw.buffer_create(64, bw.buffer_fixed, 1);
  const write = () => {
    bw.buffer_seek(b, 0, 0);
    bw.buffer_write(b, bw.buffer_u16, 513);
    bw.buffer_write(b, bw.buffer_f32, 1.5);
    bw.buffer_write(b, bw.buffer_f32, -2.25);
    bw.buffer_write(b, bw.buffer_f32, 0.75);
    bw.buffer_write(b, bw.buffer_u8, 200);
    bw.buffer_write(b, bw.buffer_u32, 70000);
  };
  const read = () => {
    bw.buffer_seek(b, 0, 0);
    let sum = bw.buffer_read(b, bw.buffer_u16);
    sum += bw.buffer_read(b, bw.buffer_f32);
    sum += bw.buffer_read(b, bw.buffer_f32);
    sum += bw.buffer_read(b, bw.buffer_f32);
    sum += bw.buffer_read(b, bw.buffer_u8);
    return sum + bw.buffer_read(b, bw.buffer_u32);
  };
  write();
  verify(bw.buffer_to_bytes(b));
  return { write, read };
}

function smart() {
  const b = SmartBuffer.fromSize(64);
  const write = () => {
    b.writeOffset = 0;
    b.writeUInt16LE(513);
    b.writeFloatLE(1.5);
    b.writeFloatLE(-2.25);
    b.writeFloatLE(0.75);
    b.writeUInt8(200);
    b.writeUInt32LE(70000);
  };
  const read = () => {
    b.readOffset = 0;
    let sum = b.readUInt16LE();
    sum += b.readFloatLE();
    sum += b.readFloatLE();
    sum += b.readFloatLE();
    sum += b.readUInt8();
    return sum + b.readUInt32LE();
  };
  write();
  verify(b.toBuffer());
  return { write, read };
}

function bytebuffer() {
  const b = new ByteBuffer(64, true, true);
  const write = () => {
    b.offset = 0;
    b.writeUint16(513);
    b.writeFloat32(1.5);
    b.writeFloat32(-2.25);
    b.writeFloat32(0.75);
    b.writeUint8(200);
    b.writeUint32(70000);
  };
  const read = () => {
    b.offset = 0;
    let sum = b.readUint16();
    sum += b.readFloat32();
    sum += b.readFloat32();
    sum += b.readFloat32();
    sum += b.readUint8();
    return sum + b.readUint32();
  };
  write();
  verify(b.buffer);
  return { write, read };
}

function bitbuffer() {
  const bytes = new ArrayBuffer(64);
  const b = new BitStream(bytes);
  const write = () => {
    b.index = 0;
    b.writeUint16(513);
    b.writeFloat32(1.5);
    b.writeFloat32(-2.25);
    b.writeFloat32(0.75);
    b.writeUint8(200);
    b.writeUint32(70000);
  };
  const read = () => {
    b.index = 0;
    let sum = b.readUint16();
    sum += b.readFloat32();
    sum += b.readFloat32();
    sum += b.readFloat32();
    sum += b.readUint8();
    return sum + b.readUint32();
  };
  write();
  verify(new Uint8Array(bytes));
  return { write, read };
}

let sink = 0;
/** The value that keeps reads from being optimised away. */
export const used = () => sink;

// One loop per contender, made from its own text: a shared one would see six targets and inline none.
function loop(call) {
  return new Function(
    'call',
    'keep',
    'return (n) => { let s = 0; for (let i = 0; i < n; i++) s += call(i) | 0; keep(s); }',
  )(call, (s) => {
    sink += s;
  });
}

const makers = {
  'hand DataView': hand,
  'bytewire typed': typed,
  'bytewire generic': generic,
  'smart-buffer': smart,
  bytebuffer,
  'bit-buffer': bitbuffer,
};

export const cases = ['write', 'read'].map((action) => ({
  name: `buffer single calls: ${action} a 6-field packet`,
  group: 'buffer',
  ours: 'bytewire typed',
  contenders: () =>
    Object.entries(makers).map(([name, make]) => ({ name, run: loop(make()[action]) })),
}));
