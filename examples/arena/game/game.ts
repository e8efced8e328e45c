// The game: who is in, what they said, one snapshot for each at every tick. Runs in Node and in pages, over any wires.
import { buffer_create, buffer_delete, buffer_grow, buffer_tell } from 'bytewire';
import { type Guest, new_guest, new_totals, type Totals } from './guest.js';
import type { GuestWire, Lane } from './lanes.js';
import {
  ARENA_SPEAKS,
  LAYOUT,
  new_slot,
  type PlayerWord,
  read_player_word,
  write_game_word,
} from './protocol.js';
import { MAX_SHIPS, TICK_HZ } from './rules.js';
import { Snapshots } from './snapshots.js';
import { clean_chat, clean_name } from './words.js';
import { add_ship, new_world, step_world, type World } from './world.js';

/** A guest who has not joined after this many ticks is shown the door. */
const JOIN_TICKS = 10 * TICK_HZ;
/** A player who takes no snapshot for this many ticks is gone, whatever the wire says. */
const STUCK_TICKS = 10 * TICK_HZ;

export interface GameOptions {
  seed: number;
  /** Unguessable 64 bits. */
  secret(): bigint;
  /** At most {@link MAX_SHIPS}, which is the default. */
  max_players?: number;
}

type Said<T extends PlayerWord['tag']> = Extract<PlayerWord, { tag: T }>['value'];

export class Game {
  readonly world: World;
  readonly guests = new Set<Guest>();
  readonly totals: Totals = new_totals();
  /** Why there is no fast lane here; '' when there is one. */
  no_fast = '';

  private readonly players = new Map<number, Guest>();
  private readonly snapshots = new Snapshots();
  private readonly out = buffer_create(1024, buffer_grow, 1);
  private readonly slot = new_slot();
  private next_player = 1;

  constructor(private readonly options: GameOptions) {
    this.world = new_world(options.seed);
  }

  get player_count(): number {
    return this.players.size;
  }

  // ---- what a host does with it -----------------------------------------------------------------------------------------

  /** Somebody has come; tell {@link take} what they say, and {@link leave} when they go. */
  enter(wire: GuestWire): Guest {
    const guest = new_guest(wire, this.world.tick);
    this.guests.add(guest);
    return guest;
  }

  /** A packet of a guest. Its buffer is the caller's again afterwards. */
  take(guest: Guest, lane: Lane, buffer: number, size: number): void {
    if (!this.guests.has(guest)) return;
    guest.packets_in++;
    guest.bytes_in += size;
    this.totals.packets_in++;
    this.totals.bytes_in += size;
    const word = read_player_word(buffer, size, this.slot);
    if (word === undefined || !this.heard(guest, lane, word)) {
      this.totals.malformed++;
      this.drop(guest);
    }
  }

  /** Whose fast lane it is that begins with this packet; undefined: nobody's. {@link fast_came} when it is theirs. */
  claimed_by(buffer: number, size: number): Guest | undefined {
    const word = read_player_word(buffer, size, this.slot);
    if (word?.tag !== 'claim') return undefined;
    const guest = this.players.get(word.value.player);
    return guest?.key === word.value.key ? guest : undefined;
  }

  /** The guest's fast lane is there: inputs and snapshots go over it from now on. */
  fast_came(guest: Guest): void {
    guest.fast = guest.was_fast = true;
    this.answer_claim(guest);
  }

  fast_went(guest: Guest): void {
    guest.fast = false;
  }

  leave(guest: Guest): void {
    if (!this.guests.delete(guest) || guest.player < 0) return;
    this.players.delete(guest.player);
    this.world.ships.delete(guest.player);
    this.send_all(write_game_word(this.out, 'left', { player: guest.player }));
  }

  /** One step of the world, and a snapshot of it to everybody who has joined. */
  tick(): void {
    step_world(this.world, 1 / TICK_HZ);
    this.snapshots.take(this.world);
    // The bytes depend on nothing but what a player has: as a rule a few kinds for everybody.
    const by_seen = new Map<number, Guest[]>();
    for (const guest of this.players.values()) {
      const { acked } = guest.seen;
      const others = by_seen.get(acked);
      if (others) others.push(guest);
      else by_seen.set(acked, [guest]);
    }
    for (const guests of by_seen.values()) {
      write_game_word(this.out, 'snapshot', { tick: this.world.tick });
      this.snapshots.write(this.out, guests[0].seen);
      const size = buffer_tell(this.out);
      for (const guest of guests) this.send_snapshot(guest, size);
    }
    this.drop_idle();
  }

  /** Lets go of everything; wires and servers are their owner's business. */
  close(): void {
    this.guests.clear();
    this.players.clear();
    this.snapshots.free();
    buffer_delete(this.out);
  }

  // ---- what guests say --------------------------------------------------------------------------------------------------

  /** False: that was out of turn. */
  private heard(guest: Guest, lane: Lane, word: PlayerWord): boolean {
    const has_joined = guest.player >= 0;
    if (word.tag === 'join')
      return !has_joined && lane === 'reliable' && this.join(guest, word.value);
    if (!has_joined) return false;
    switch (word.tag) {
      case 'input':
        return this.take_input(guest, word.value);
      case 'ping':
        this.send(guest, lane, write_game_word(this.out, 'pong', word.value));
        return true;
      case 'chat':
        return lane === 'reliable' && this.chat(guest, word.value.text);
      case 'claim':
        // Said until the answer has come: the answer was lost, or is on its way.
        if (lane === 'fast') this.answer_claim(guest);
        return lane === 'fast';
    }
  }

  private join(guest: Guest, { layout, name }: Said<'join'>): boolean {
    const refusal =
      layout !== LAYOUT
        ? 'This page and its game are of different versions. Reload the page.'
        : this.players.size >= (this.options.max_players ?? MAX_SHIPS)
          ? 'This arena is full.'
          : '';
    if (refusal !== '') {
      this.send(guest, 'reliable', write_game_word(this.out, 'refused', { reason: refusal }));
      this.drop(guest);
      return true;
    }
    const player = this.free_player();
    guest.player = player;
    guest.name = clean_name(name);
    guest.key = this.options.secret();
    this.players.set(player, guest);
    add_ship(this.world, player);
    const players = [...this.players.values()].map((one) => ({
      player: one.player,
      name: one.name,
    }));
    const welcome = { player, key: guest.key, no_fast: this.no_fast.slice(0, 200), players };
    this.send(guest, 'reliable', write_game_word(this.out, 'welcome', welcome));
    this.send_all(write_game_word(this.out, 'joined', { player, name: guest.name }), guest);
    return true;
  }

  private take_input(guest: Guest, { sequence, keys, heading, seen }: Said<'input'>): boolean {
    const step = sequence - guest.last_input;
    if (step < 1) {
      // A reliable lane neither repeats nor reorders: there such a number was made up. Elsewhere it is just late.
      return guest.was_fast;
    }
    this.totals.lost += step - 1;
    guest.last_input = sequence;
    guest.inputs_in++;
    guest.seen.acknowledge(seen);
    const ship = this.world.ships.get(guest.player);
    if (ship === undefined) return true;
    ship.keys = keys;
    ship.heading = heading;
    return true;
  }

  private chat(guest: Guest, text: string): boolean {
    const line = clean_chat(text);
    if (line === '') return true;
    if (guest.chat.take(this.world.tick)) {
      this.send_all(write_game_word(this.out, 'chat', { from: guest.player, text: line }));
    } else {
      const slower = { from: ARENA_SPEAKS, text: 'Not so fast: that line was not sent.' };
      this.send(guest, 'reliable', write_game_word(this.out, 'chat', slower));
    }
    return true;
  }

  private answer_claim(guest: Guest): void {
    this.send(guest, 'fast', write_game_word(this.out, 'claimed', { player: guest.player }));
  }

  /** Numbers are 16 bits on the wire and must not come back at once, so they go round. */
  private free_player(): number {
    while (this.players.has(this.next_player)) this.next_player = (this.next_player % 65535) + 1;
    const player = this.next_player;
    this.next_player = (player % 65535) + 1;
    return player;
  }

  // ---- sending ----------------------------------------------------------------------------------------------------------

  private send_snapshot(guest: Guest, size: number): void {
    if (this.send(guest, guest.fast ? 'fast' : 'reliable', size, true)) {
      guest.snapshots_out++;
      guest.stuck_ticks = 0;
    } else guest.stuck_ticks++;
  }

  /** After the snapshots are out: a farewell to the others is written into the same buffer. */
  private drop_idle(): void {
    for (const guest of this.guests) {
      const waiting = guest.player < 0 ? this.world.tick - guest.since_tick : 0;
      if (waiting > JOIN_TICKS || guest.stuck_ticks > STUCK_TICKS) this.drop(guest);
    }
  }

  private drop(guest: Guest): void {
    this.leave(guest);
    this.guests.delete(guest);
    guest.wire.close();
  }

  private send_all(size: number, but?: Guest): void {
    for (const guest of this.players.values()) {
      if (guest !== but) this.send(guest, 'reliable', size);
    }
  }

  /** Sends the first `size` bytes of the one buffer that all words are written into. */
  private send(guest: Guest, lane: Lane, size: number, latest = false): boolean {
    const sent = guest.wire.send(lane, this.out, size, latest);
    if (sent < 0) {
      if (lane === 'fast') this.totals.dropped++;
      else this.totals.refused++;
      return false;
    }
    guest.packets_out++;
    guest.bytes_out += sent;
    this.totals.packets_out++;
    this.totals.bytes_out += sent;
    return true;
  }
}
