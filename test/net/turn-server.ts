// A TURN server (RFC 8656) as far as UDP over IPv4 goes: long-term credentials, permissions, channels, indications. It counts what it relays.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  type Attribute,
  long_term_key,
  read_stun,
  read_xor_address,
  type StunMessage,
  write_stun,
  xor_address,
} from './stun-message.js';

const BINDING = 0x001;
const ALLOCATE = 0x003;
const REFRESH = 0x004;
const CREATE_PERMISSION = 0x008;
const CHANNEL_BIND = 0x009;
const SEND_INDICATION = 0x016;
const DATA_INDICATION = 0x017;
const SUCCESS = 0x100;
const FAILURE = 0x110;

const USERNAME = 0x0006;
const ERROR_CODE = 0x0009;
const CHANNEL_NUMBER = 0x000c;
const LIFETIME = 0x000d;
const PEER = 0x0012;
const DATA = 0x0013;
const REALM = 0x0014;
const NONCE = 0x0015;
const RELAYED = 0x0016;
const REQUESTED_TRANSPORT = 0x0019;
const MAPPED = 0x0020;

const REALM_NAME = 'test';
const LIFETIME_S = 600;

type Place = Pick<RemoteInfo, 'address' | 'port'>;
const name_of = ({ address, port }: Place) => `${address}:${port}`;

export interface TurnServer {
  port: number;
  /** Names of those who were given an address, in order, and of those who did not know their password. */
  allowed: string[];
  refused: string[];
  /** Payload bytes that went through, by way: to peers from those who have an address here, and back. */
  out_bytes: number;
  back_bytes: number;
  /** Nothing passes any more. */
  stop(): void;
}

/**
 * An address for one client, and to whom it may speak from there. Permissions are for ports, too, as the standard has it not: here all
 * have one IP address, and whoever had not come by a relay would be let in with the others.
 */
class Allocation {
  readonly #relayed = createSocket('udp4');
  readonly #permitted = new Set<string>();
  readonly #channel_of = new Map<string, number>();
  readonly #peer_of = new Map<number, Place>();

  constructor(
    readonly say: (bytes: Buffer) => void,
    readonly counts: TurnServer,
  ) {
    this.#relayed.on('message', (data, from) => this.#from_peer(data, from));
    this.#relayed.on('error', () => {});
  }

  /** The address that others see. */
  async bind(): Promise<Place> {
    this.#relayed.bind(0, '127.0.0.1');
    await once(this.#relayed, 'listening');
    return this.#relayed.address();
  }

  permit(peer: Place): void {
    this.#permitted.add(name_of(peer));
  }

  bind_channel(number: number, peer: Place): void {
    this.permit(peer);
    this.#peer_of.set(number, peer);
    this.#channel_of.set(name_of(peer), number);
  }

  send(data: Buffer, peer: Place | undefined): void {
    if (peer === undefined || !this.#permitted.has(name_of(peer))) return;
    this.counts.out_bytes += data.length;
    this.#relayed.send(data, peer.port, peer.address);
  }

  /** ChannelData (RFC 8656 12.4): number, length, bytes. */
  send_by_channel(message: Buffer): void {
    const size = message.readUInt16BE(2);
    this.send(message.subarray(4, 4 + size), this.#peer_of.get(message.readUInt16BE(0)));
  }

  #from_peer(data: Buffer, from: Place): void {
    if (!this.#permitted.has(name_of(from))) return;
    this.counts.back_bytes += data.length;
    const channel = this.#channel_of.get(name_of(from));
    if (channel === undefined) {
      const peer: Attribute = [PEER, xor_address(from.address, from.port)];
      this.say(write_stun(DATA_INDICATION, Buffer.alloc(12, 7), [peer, [DATA, data]]));
    } else {
      const head = Buffer.alloc(4);
      head.writeUInt16BE(channel, 0);
      head.writeUInt16BE(data.length, 2);
      this.say(Buffer.concat([head, data]));
    }
  }

  close(): void {
    this.#relayed.close();
  }
}

function number(size: 2 | 4, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

class Turn {
  readonly counts: TurnServer;
  readonly #socket: Socket;
  readonly #passwords: Record<string, string>;
  readonly #allocations = new Map<string, Allocation>();

  constructor(socket: Socket, passwords: Record<string, string>) {
    this.#socket = socket;
    this.#passwords = passwords;
    this.counts = {
      port: socket.address().port,
      allowed: [],
      refused: [],
      out_bytes: 0,
      back_bytes: 0,
      stop: () => {
        socket.close();
        for (const allocation of this.#allocations.values()) allocation.close();
      },
    };
    socket.on('message', (data, from) => void this.#received(data, from));
  }

  async #received(data: Buffer, from: Place): Promise<void> {
    const client = name_of(from);
    // The first two bits tell the two kinds of messages apart.
    if (data.length >= 4 && data[0] >> 6 === 1) {
      this.#allocations.get(client)?.send_by_channel(data);
      return;
    }
    const message = read_stun(data);
    if (message === undefined) return;
    const { type, id, attributes } = message;
    const say = (bytes: Buffer) => this.#socket.send(bytes, from.port, from.address);
    const mapped: Attribute = [MAPPED, xor_address(from.address, from.port)];
    if (type === BINDING) say(write_stun(BINDING | SUCCESS, id, [mapped]));
    else if (type === SEND_INDICATION) {
      const peer = read_xor_address(attributes.get(PEER));
      this.#allocations.get(client)?.send(attributes.get(DATA) ?? Buffer.alloc(0), peer);
    } else {
      const key = this.#key_of(message);
      if (key === undefined) {
        const why: Attribute = [ERROR_CODE, Buffer.from([0, 0, 4, 1])];
        const realm: Attribute = [REALM, Buffer.from(REALM_NAME)];
        say(write_stun(type | FAILURE, id, [why, realm, [NONCE, Buffer.from('nonce')]]));
        return;
      }
      const parts = await this.#request(message, client, say);
      if (typeof parts === 'number') {
        const code = Buffer.from([0, 0, Math.floor(parts / 100), parts % 100]);
        say(write_stun(type | FAILURE, id, [[ERROR_CODE, code]], key));
      } else say(write_stun(type | SUCCESS, id, [...parts, mapped], key));
    }
  }

  /** The key of one who knows the password; undefined: who does not, or has not shown it yet. */
  #key_of(message: StunMessage): Buffer | undefined {
    const name = message.attributes.get(USERNAME)?.toString();
    if (name === undefined) return undefined;
    const key = long_term_key(name, REALM_NAME, this.#passwords[name] ?? '');
    if (Object.hasOwn(this.#passwords, name) && message.proves(key)) return key;
    this.counts.refused.push(name);
    return undefined;
  }

  /** What the answer has besides; a number: why it is refused. */
  async #request(
    { type, attributes }: StunMessage,
    client: string,
    say: (bytes: Buffer) => void,
  ): Promise<Attribute[] | number> {
    const allocation = this.#allocations.get(client);
    if (type === ALLOCATE) {
      if (allocation !== undefined) return 437;
      if (attributes.get(REQUESTED_TRANSPORT)?.[0] !== 17) return 442;
      const made = new Allocation(say, this.counts);
      this.#allocations.set(client, made);
      this.counts.allowed.push(String(attributes.get(USERNAME)));
      const { address, port } = await made.bind();
      return [
        [RELAYED, xor_address(address, port)],
        [LIFETIME, number(4, LIFETIME_S)],
      ];
    }
    if (allocation === undefined) return 437;
    const peer = read_xor_address(attributes.get(PEER));
    switch (type) {
      case REFRESH: {
        const wanted_s = attributes.get(LIFETIME)?.readUInt32BE() ?? LIFETIME_S;
        if (wanted_s === 0) {
          this.#allocations.delete(client);
          allocation.close();
        }
        return [[LIFETIME, number(4, Math.min(wanted_s, LIFETIME_S))]];
      }
      case CREATE_PERMISSION:
        // 443: an address of another family.
        if (peer === undefined) return 443;
        allocation.permit(peer);
        return [];
      case CHANNEL_BIND: {
        const channel = attributes.get(CHANNEL_NUMBER)?.readUInt16BE() ?? 0;
        if (peer === undefined) return 443;
        if (channel < 0x4000 || channel > 0x4fff) return 400;
        allocation.bind_channel(channel, peer);
        return [];
      }
      default:
        return 400;
    }
  }
}

/** For all who know the password of their name; names may be added while it runs. */
export async function turn_server(passwords: Record<string, string>): Promise<TurnServer> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return new Turn(socket, passwords).counts;
}
