// As much of a TURN server (RFC 8656) as it takes to be given an address by one: it checks credentials and relays nothing.
import { createHash, createHmac } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const COOKIE = 0x2112a442;
const BINDING = 0x001;
const ALLOCATE = 0x003;
const REFRESH = 0x004;
const SUCCESS = 0x100;
const FAILURE = 0x110;
const USERNAME = 0x0006;
const INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const LIFETIME = 0x000d;
const REALM = 0x0014;
const NONCE = 0x0015;
const RELAYED = 0x0016;
const MAPPED = 0x0020;
const REALM_NAME = 'test';

type Attribute = [type: number, value: Buffer];

function attributes(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= message.length; ) {
    const size = message.readUInt16BE(at + 2);
    found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + size));
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return found;
}

/** 14.7: what is in front of the attribute, with the length as if it were the last. */
function integrity(before: Buffer, key: Buffer): Buffer {
  const signed = Buffer.from(before);
  signed.writeUInt16BE(before.length - 20 + 24, 2);
  return createHmac('sha1', key).update(signed).digest();
}

function message(type: number, id: Buffer, parts: Attribute[], key?: Buffer): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(type, 0);
  head.writeUInt32BE(COOKIE, 4);
  id.copy(head, 8);
  let whole = head;
  const add = ([kind, value]: Attribute) => {
    const part = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
    part.writeUInt16BE(kind, 0);
    part.writeUInt16BE(value.length, 2);
    value.copy(part, 4);
    whole = Buffer.concat([whole, part]);
  };
  for (const part of parts) add(part);
  if (key !== undefined) add([INTEGRITY, integrity(whole, key)]);
  whole.writeUInt16BE(whole.length - 20, 2);
  return whole;
}

function xor_address(address: string, port: number): Buffer {
  const value = Buffer.alloc(8);
  value[1] = 1;
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  address.split('.').forEach((byte, i) => {
    value[4 + i] = Number(byte) ^ ((COOKIE >>> (24 - 8 * i)) & 255);
  });
  return value;
}

export interface TurnServer {
  port: number;
  /** Who was given an address, and who was not. */
  allowed: string[];
  refused: string[];
  stop(): void;
}

/** Gives `relayed` as the address of everybody who knows the password of its name. */
export async function turn_server(
  passwords: Record<string, string>,
  relayed: [address: string, port: number],
): Promise<TurnServer> {
  const socket = createSocket('udp4');
  const allowed: string[] = [];
  const refused: string[] = [];
  socket.on('message', (data, { address, port }) => {
    if (data.length < 20 || data.readUInt32BE(4) !== COOKIE) return;
    const type = data.readUInt16BE(0);
    const id = data.subarray(8, 20);
    const mapped: Attribute = [MAPPED, xor_address(address, port)];
    const say = (bytes: Buffer) => socket.send(bytes, port, address);
    if (type === BINDING) {
      say(message(BINDING | SUCCESS, id, [mapped]));
      return;
    }
    const said = attributes(data);
    const name = said.get(USERNAME)?.toString();
    const proof = said.get(INTEGRITY);
    const secret = `${name}:${REALM_NAME}:${passwords[name ?? '']}`;
    const key = createHash('md5').update(secret).digest();
    const before = proof && data.subarray(0, proof.byteOffset - data.byteOffset - 4);
    if (before === undefined || !integrity(before, key).equals(proof as Buffer)) {
      if (name !== undefined) refused.push(name);
      say(
        message(type | FAILURE, id, [
          [ERROR_CODE, Buffer.from([0, 0, 4, 1])],
          [REALM, Buffer.from(REALM_NAME)],
          [NONCE, Buffer.from('nonce')],
        ]),
      );
      return;
    }
    const lifetime: Attribute = [LIFETIME, Buffer.from([0, 0, 2, 88])];
    if (type === ALLOCATE) {
      allowed.push(name as string);
      const given: Attribute = [RELAYED, xor_address(...relayed)];
      say(message(ALLOCATE | SUCCESS, id, [given, lifetime, mapped], key));
    } else say(message(type | SUCCESS, id, type === REFRESH ? [lifetime] : [], key));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, allowed, refused, stop: () => socket.close() };
}
