// Proof at the end of a run: what each side says it sent against what the other side says it got.
import type { Clock } from '../game/clock.js';
import type { Game } from '../game/game.js';
import type { Guest } from '../game/guest.js';
import type { Bots } from '../net/bots.js';
import type { ArenaClient } from '../net/client.js';

/** Everything that one client and the game must agree on, as [sent, received]. */
function pairs(client: ArenaClient, guest: Guest): [number, number][] {
  return [
    [client.inputs_out, guest.inputs_in],
    [client.packets_out, guest.packets_in],
    [client.bytes_out, guest.bytes_in],
    [guest.snapshots_out, client.snapshots_in],
    [guest.packets_out, client.packets_in],
    [guest.bytes_out, client.bytes_in],
  ];
}

function guest_of(game: Game, client: ArenaClient): Guest | undefined {
  for (const guest of game.guests) {
    if (guest.player >= 0 && guest.player === client.id) return guest;
  }
  return undefined;
}

/** True when nothing is under way any more: every count on one side equals its twin on the other. */
export function drained(game: Game, clients: ArenaClient[]): boolean {
  return clients.every((client) => {
    const guest = guest_of(game, client);
    return guest !== undefined && pairs(client, guest).every(([a, b]) => a === b);
  });
}

/** Packets that went missing, both ways: by the counts, or by gaps in the numbers where those say more. */
export function count_lost(game: Game, clients: ArenaClient[]): number {
  let by_count = 0;
  let by_number = game.totals.lost;
  for (const client of clients) {
    by_number += client.lost;
    const guest = guest_of(game, client);
    if (guest === undefined) {
      // Without a guest, nothing that this client sent can be accounted for.
      by_count += Math.max(1, client.packets_out);
      continue;
    }
    by_count += Math.abs(client.packets_out - guest.packets_in);
    by_count += Math.abs(guest.packets_out - client.packets_in);
  }
  return Math.max(by_count, by_number);
}

export interface Summary {
  ok: boolean;
  [number: string]: number | boolean;
}

/** The one line of a headless run. `ok` when packets flowed both ways and not one was lost, refused or malformed. */
export function summarise(
  game: Game,
  bots: Bots,
  clock: Clock,
  seed: number,
  errors: number,
): Summary {
  const clients = bots.clients;
  const sum = (count: (client: ArenaClient) => number): number =>
    clients.reduce((total, client) => total + count(client), 0);
  const { totals } = game;
  const lost = count_lost(game, clients);
  const malformed = totals.malformed + sum((client) => client.malformed);
  const refused = totals.refused + sum((client) => client.refused);
  const all_errors = errors + bots.errors;
  const flowed = totals.packets_in > 0 && totals.packets_out > 0;
  return {
    ok: flowed && lost + malformed + refused + all_errors === 0,
    ticks: clock.ticks,
    late_ticks: clock.late_ticks,
    skipped_ticks: clock.skipped_ticks,
    players: game.player_count,
    bots: clients.length,
    packets_in: totals.packets_in,
    packets_out: totals.packets_out,
    bytes_in: totals.bytes_in,
    bytes_out: totals.bytes_out,
    inputs: sum((client) => client.inputs_out),
    snapshots: sum((client) => client.snapshots_in),
    lost,
    malformed,
    refused,
    errors: all_errors,
    seed,
  };
}
