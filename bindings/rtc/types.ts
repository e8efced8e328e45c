// What a host's WebRTC looks like to us: peer connections that carry data channels, nothing else.

/** A STUN or TURN server, as browsers have it. */
export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

/** How a peer connection finds its way. */
export interface PeerConfig {
  ice_servers: IceServer[];
  /** Only by way of TURN servers; in Node, only to an address at one. */
  relay_only?: boolean;
  /** Node: UDP ports to use. Equal ends: one port for all peer connections of this process that ask for it. */
  ports?: readonly [from: number, to: number];
  /** Node: address to bind. */
  bind?: string;
  /** Node: largest message that is taken, and given away. It is what the receive window cannot be below. */
  max_message_bytes?: number;
}

/** One data channel: single messages in and out. */
export interface Channel {
  readonly label: string;
  readonly open: boolean;
  /** Bytes accepted and not yet taken by the network. */
  readonly buffered: number;
  /** Largest message that may be sent; known once it is open. */
  readonly max_message_bytes: number;
  owner: ChannelOwner | undefined;
  /** The bytes may be reused when it returns. @throws when it is not open, or the host refuses */
  send(bytes: Uint8Array): void;
  send_text(text: string): void;
  /** Ends it; what was accepted on a reliable channel still leaves. */
  close(): void;
}

export interface ChannelOwner {
  opened(): void;
  /** The bytes are valid during the call only. */
  received(message: Uint8Array | string): void;
  /** It has ended, by whichever side. Nothing comes after it. */
  closed(): void;
}

export type PeerState = 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/** What a peer connection reports, each from a task of the host. */
export interface PeerOwner {
  /** What is to be told to the other side. */
  description(type: 'offer' | 'answer', sdp: string): void;
  candidate(candidate: string, mid: string): void;
  /** A STUN or TURN server has given no address, and why; not all hosts tell. */
  server_failed?(why: string): void;
  state(state: PeerState): void;
  /** The other side has opened a channel. */
  channel(channel: Channel): void;
  /** It cannot go on: what the other side said is nonsense, or this host has no way. `full`: all its ports are in use. */
  broken(reason: string, full?: boolean): void;
}

/** One peer connection. Nothing in it throws: what goes wrong is reported to its owner. */
export interface Peer {
  /** Opens a channel; before {@link offer}, or on a connection that stands. */
  open_channel(label: string, reliable: boolean): Channel | undefined;
  /** Begins: the owner gets an offer. With `restart` for a connection that stands, over new ways. */
  offer(restart?: boolean): void;
  /** What the other side has told; an offer is answered. */
  remote_description(type: 'offer' | 'answer', sdp: string): void;
  remote_candidate(candidate: string, mid: string): void;
  /** Ends it at once. */
  close(): void;
}

/** WebRTC of a host. */
export interface Rtc {
  /** Whether a standing connection can look for new ways (ICE restart). */
  readonly can_restart: boolean;
  /**
   * Whether the answer must be known before the other side calls: a handshake that overtakes it fails. Such a host gives its
   * candidates away only then.
   */
  readonly answer_first: boolean;
  /** Whether both sides need an address at a TURN server where only that way may be used. */
  readonly relays_meet: boolean;
  /** @throws NetError `unsupported`, `package_missing` */
  check(): void;
  /** @throws as {@link check} */
  open_peer(config: PeerConfig, owner: PeerOwner): Peer;
  /**
   * Node: a UDP port for a server: `wanted` when it is free, else -1, or with `any` another one that is.
   */
  free_port(wanted: number, any: boolean, bind: string | undefined): Promise<number>;
}

/**
 * Receive window of SCTP in Node. It counts some 256 bytes more for each message than the sender does, so a page that floods with small
 * ones overruns any window, and what overruns is lost here and there. Of such holes an acknowledgement has room for 120, and what is
 * more than 4096 messages behind the first is not taken; beyond that Chromium steps over one hole in 0.4 s, and the channel stands.
 * A small window keeps a flood below both. Measured, 60 floods of 256 KiB in messages of 64 bytes: none of 36 connections stood
 * with 64 KiB, 5 of 13 with 128 KiB; of raw channels none of 20, 7 of 18 with 256 KiB. Between two of Node it costs a quarter of the rate, and is not needed: see `max_message_bytes`.
 */
export const SCTP_WINDOW_BYTES = 65_536;
/** Largest message that both kinds of hosts send. */
export const MAX_CHANNEL_MESSAGE_BYTES = 262_144;
/** Largest message of other connections: all that is sent in parts fits, and the window above is possible. */
export const MAX_PART_MESSAGE_BYTES = 65_536;
