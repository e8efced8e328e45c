// Messages of STUN and TURN (RFC 8489, RFC 8656): attributes in and out, addresses, proofs of a password.
import { createHash, createHmac } from 'node:crypto';

const COOKIE = 0x2112a442;
const HEAD_BYTES = 20;
const INTEGRITY = 0x0008;
const INTEGRITY_BYTES = 24;

export type Attribute = [type: number, value: Buffer];

export interface StunMessage {
  type: number;
  id: Buffer;
  attributes: Map<number, Buffer>;
  /** Whether it shows that its sender knows the password that the key is made of. */
  proves(key: Buffer): boolean;
}

const padded = (size: number) => Math.ceil(size / 4) * 4;

/** What is in front of the proof, with the length as if that were the last (RFC 8489 14.5). */
function proof(before: Buffer, key: Buffer): Buffer {
  const signed = Buffer.from(before);
  signed.writeUInt16BE(before.length - HEAD_BYTES + INTEGRITY_BYTES, 2);
  return createHmac('sha1', key).update(signed).digest();
}

/** The key of long-term credentials (RFC 8489 9.2.2). */
export function long_term_key(name: string, realm: string, password: string): Buffer {
  return createHash('md5').update(`${name}:${realm}:${password}`).digest();
}

export function read_stun(data: Buffer): StunMessage | undefined {
  if (data.length < HEAD_BYTES || data[0] > 3 || data.readUInt32BE(4) !== COOKIE) return undefined;
  const attributes = new Map<number, Buffer>();
  let proof_at = -1;
  for (let at = HEAD_BYTES; at + 4 <= data.length; ) {
    const type = data.readUInt16BE(at);
    const size = data.readUInt16BE(at + 2);
    if (type === INTEGRITY) proof_at = at;
    attributes.set(type, data.subarray(at + 4, at + 4 + size));
    at += 4 + padded(size);
  }
  return {
    type: data.readUInt16BE(0),
    id: data.subarray(8, HEAD_BYTES),
    attributes,
    proves: (key) =>
      proof_at >= 0 &&
      proof(data.subarray(0, proof_at), key).equals(attributes.get(INTEGRITY) as Buffer),
  };
}

/** With a key the message proves that the password is known here, too. */
export function write_stun(type: number, id: Buffer, parts: Attribute[], key?: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(type, 0);
  head.writeUInt32BE(COOKIE, 4);
  id.copy(head, 8);
  let whole = head;
  const add = (kind: number, value: Buffer) => {
    const part = Buffer.alloc(4 + padded(value.length));
    part.writeUInt16BE(kind, 0);
    part.writeUInt16BE(value.length, 2);
    value.copy(part, 4);
    whole = Buffer.concat([whole, part]);
  };
  for (const part of parts) add(...part);
  if (key !== undefined) add(INTEGRITY, proof(whole, key));
  whole.writeUInt16BE(whole.length - HEAD_BYTES, 2);
  return whole;
}

/** The value of XOR-MAPPED-ADDRESS and its kin (RFC 8489 14.2), IPv4. */
export function xor_address(address: string, port: number): Buffer {
  const value = Buffer.alloc(8);
  value[1] = 1;
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  address.split('.').forEach((byte, i) => {
    value[4 + i] = Number(byte) ^ ((COOKIE >>> (24 - 8 * i)) & 255);
  });
  return value;
}

/** An IPv4 address and its port; undefined: it is none. */
export function read_xor_address(
  value: Buffer | undefined,
): { address: string; port: number } | undefined {
  if (value === undefined || value.length !== 8 || value[1] !== 1) return undefined;
  const plain = Array.from(
    value.subarray(4),
    (byte, i) => byte ^ ((COOKIE >>> (24 - 8 * i)) & 255),
  );
  return { address: plain.join('.'), port: value.readUInt16BE(2) ^ (COOKIE >>> 16) };
}
