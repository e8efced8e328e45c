// One player in a game: joins, sends inputs, keeps the latest snapshots. Pages and bots use the same one, over any wire.
import { buffer_create, buffer_delete, buffer_grow } from 'bytewire';
import type { Lane, Wire, WireOwner } from '../game/lanes.js';
import {
  type GameWord,
  LAYOUT,
  new_slot,
  read_game_word,
  write_player_word,
} from '../game/protocol.js';
import { SnapshotsSeen } from '../game/snapshots.js';
import { clean_chat, clean_name } from '../game/words.js';

export type ClientState = 'connecting' | 'joining' | 'playing' | 'closed';

/** `off`: not asked for. `failed`: see {@link ArenaClient.fast_problem}. `open`: the game has answered on it. */
export type FastState = 'off' | 'dialling' | 'claiming' | 'open' | 'failed';

export interface ClientHooks {
  /** After each snapshot. */
  on_snapshot?(client: ArenaClient): void;
  /** A line of a player, or of the arena itself (0). */
  on_chat?(client: ArenaClient, from: number, text: string): void;
  on_player?(client: ArenaClient, name: string, came: boolean): void;
  /** The fast lane has come or gone. */
  on_fast?(client: ArenaClient): void;
  /** Once, when the connection failed, was lost or was closed; `reason` is for people. `by_peer`: the game has ended it. */
  on_closed?(client: ArenaClient, reason: string, by_peer: boolean): void;
}

export interface ClientOptions {
  name: string;
  hooks?: ClientHooks;
  /** Whether to ask for the fast lane too. */
  fast?: boolean;
  now_ms?: () => number;
}

const TURN = Math.PI * 2;

export class ArenaClient {
  state: ClientState = 'connecting';
  id = -1;
  /** Of the newest snapshot. */
  tick = 0;
  readonly names = new Map<number, string>();
  readonly snapshots = new SnapshotsSeen();
  /** Round trip of the last ping, on the lane that inputs take; undefined until one came back. */
  rtt_ms: number | undefined;
  fast: FastState = 'off';
  /** Why there is no fast lane, for people. */
  fast_problem = '';

  packets_in = 0;
  packets_out = 0;
  bytes_in = 0;
  bytes_out = 0;
  inputs_out = 0;
  snapshots_in = 0;
  /** Snapshots that never came, or came too late. */
  lost = 0;
  malformed = 0;
  /** Packets that the library did not take (queue full, connection gone). */
  refused = 0;

  private readonly wire: Wire;
  private readonly hooks: ClientHooks;
  private readonly now_ms: () => number;
  private readonly slot = new_slot();
  private readonly out = buffer_create(64, buffer_grow, 1);
  private key = 0n;

  constructor(
    connect: (owner: WireOwner) => Wire,
    private readonly options: ClientOptions,
  ) {
    this.hooks = options.hooks ?? {};
    this.now_ms = options.now_ms ?? (() => performance.now());
    this.wire = connect({
      opened: () => this.join(),
      received: (lane, buffer, size) => this.received(lane, buffer, size),
      fast_changed: (reason) => this.fast_changed(reason),
      closed: (reason, by_peer) => this.end(reason, by_peer),
    });
  }

  /** What carries the reliable lane. */
  get carrier(): Wire['carrier'] {
    return this.wire.carrier;
  }

  /** Sends what the player does now, on the fastest lane that stands. The number goes up only when the packet was taken. */
  send_input(keys: number, heading: number): void {
    if (this.state !== 'playing') return;
    if (this.fast === 'claiming') this.claim();
    const sequence = this.inputs_out + 1;
    const turned = ((heading % TURN) + TURN) % TURN;
    const { seen } = this.snapshots;
    const size = write_player_word(this.out, 'input', { sequence, keys, heading: turned, seen });
    if (this.send(this.input_lane, size, true)) this.inputs_out++;
  }

  send_ping(): void {
    if (this.state !== 'playing') return;
    const size = write_player_word(this.out, 'ping', { sent_ms: this.now_ms() });
    this.send(this.input_lane, size);
  }

  /** False: there was nothing to say, or nobody to say it to. */
  send_chat(text: string): boolean {
    const line = clean_chat(text);
    if (this.state !== 'playing' || line === '') return false;
    return this.send('reliable', write_player_word(this.out, 'chat', { text: line }));
  }

  /** Leaves. Safe to call at any time, also twice. */
  close(): void {
    this.end('left', false);
  }

  private get input_lane(): Lane {
    return this.fast === 'open' ? 'fast' : 'reliable';
  }

  private join(): void {
    this.state = 'joining';
    const { name } = this.options;
    this.send('reliable', write_player_word(this.out, 'join', { layout: LAYOUT, name }));
  }

  private claim(): void {
    this.send('fast', write_player_word(this.out, 'claim', { player: this.id, key: this.key }));
  }

  private fast_changed(reason: string): void {
    if (this.state !== 'playing') return;
    this.fast = this.wire.fast ? 'claiming' : 'failed';
    if (!this.wire.fast) this.fast_problem = reason;
    // Again with every input, until the answer has come: this packet may be lost.
    if (this.wire.fast) this.claim();
    this.hooks.on_fast?.(this);
  }

  private received(lane: Lane, buffer: number, size: number): void {
    if (this.state === 'closed') return;
    this.packets_in++;
    this.bytes_in += size;
    const word = read_game_word(buffer, size, this.slot);
    if (word === undefined) {
      this.malformed++;
      // What comes on the fast lane may be anything; on the other one it is this game, or none.
      if (lane === 'reliable') this.end('the server speaks another language', false);
    } else if (word.tag === 'snapshot') this.take_snapshot(buffer, size, word.value.tick);
    else this.heard(word);
  }

  private heard(word: GameWord): void {
    switch (word.tag) {
      case 'welcome':
        this.welcome(word.value);
        break;
      case 'refused':
        this.end(word.value.reason, true);
        break;
      case 'claimed':
        if (this.fast !== 'claiming') break;
        this.fast = 'open';
        this.fast_problem = '';
        this.hooks.on_fast?.(this);
        break;
      case 'joined':
        this.names.set(word.value.player, clean_name(word.value.name));
        this.hooks.on_player?.(this, clean_name(word.value.name), true);
        break;
      case 'left':
        this.gone(word.value.player);
        break;
      case 'chat':
        this.hooks.on_chat?.(this, word.value.from, clean_chat(word.value.text));
        break;
      case 'pong': {
        const rtt_ms = this.now_ms() - word.value.sent_ms;
        if (rtt_ms >= 0) this.rtt_ms = rtt_ms;
      }
    }
  }

  private welcome({ player, key, no_fast, players }: WelcomeValue): void {
    this.id = player;
    this.key = key;
    for (const { player, name } of players) this.names.set(player, clean_name(name));
    this.state = 'playing';
    if (!this.options.fast || this.carrier === 'this page') return;
    if (no_fast !== '') {
      this.fast = 'failed';
      this.fast_problem = no_fast;
      this.hooks.on_fast?.(this);
      return;
    }
    this.fast = 'dialling';
    this.wire.open_fast();
  }

  private gone(player: number): void {
    const name = this.names.get(player);
    this.names.delete(player);
    if (name !== undefined) this.hooks.on_player?.(this, name, false);
  }

  private take_snapshot(buffer: number, size: number, tick: number): void {
    const before = this.snapshots.seen;
    if (!this.snapshots.read(buffer, size, this.now_ms())) {
      this.malformed++;
      return;
    }
    const { seen } = this.snapshots;
    // One that was overtaken changes nothing, and is counted as lost already.
    if (seen === before) return;
    if (before >= 0) this.lost += ((seen - before) & 0xffff) - 1;
    this.tick = tick;
    this.snapshots_in++;
    this.hooks.on_snapshot?.(this);
  }

  private send(lane: Lane, size: number, latest = false): boolean {
    const sent = this.wire.send(lane, this.out, size, latest);
    if (sent < 0) {
      this.refused++;
      return false;
    }
    this.packets_out++;
    this.bytes_out += sent;
    return true;
  }

  private end(reason: string, by_peer: boolean): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.wire.close();
    this.snapshots.free();
    buffer_delete(this.out);
    this.hooks.on_closed?.(this, reason, by_peer);
  }
}

type WelcomeValue = Extract<GameWord, { tag: 'welcome' }>['value'];
