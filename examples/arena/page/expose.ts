// For tests and for the curious in the console: the numbers behind the picture as `window.arena`, not to be changed.
import { ARENA_HEIGHT, ARENA_WIDTH } from '../game/rules.js';
import type { FrameShip } from './frame.js';
import type { Session } from './session.js';

export function expose(session: Session, own_ship: () => FrameShip | undefined): void {
  const state = {
    get place() {
      return session.place;
    },
    get code() {
      return session.code;
    },
    get state() {
      return session.client.state;
    },
    get id() {
      return session.client.id;
    },
    get own() {
      const own = own_ship();
      return own && Object.freeze(own);
    },
    /** Where everybody is, by name. */
    get ships() {
      const { client } = session;
      const columns = client.state === 'playing' ? client.snapshots.newest_ships : undefined;
      const found: Record<string, { x: number; y: number }> = {};
      if (columns === undefined) return found;
      for (const [slot, id] of columns.id.entries()) {
        const name = client.names.get(id);
        if (name !== undefined) found[name] = { x: columns.x[slot], y: columns.y[slot] };
      }
      return found;
    },
    get tick() {
      return session.client.tick;
    },
    get arena() {
      return Object.freeze({ width: ARENA_WIDTH, height: ARENA_HEIGHT });
    },
    get names() {
      return [...session.client.names.values()];
    },
    get rtt_ms() {
      return session.client.rtt_ms;
    },
    get lanes() {
      const { carrier, fast, fast_problem } = session.client;
      return Object.freeze({ carrier, fast, fast_problem });
    },
    get counters() {
      const { packets_in, packets_out, bytes_in, bytes_out } = session.client;
      const { inputs_out, snapshots_in, lost, malformed, refused } = session.client;
      return Object.freeze({
        packets_in,
        packets_out,
        bytes_in,
        bytes_out,
        inputs_out,
        snapshots_in,
        lost,
        malformed,
        refused,
      });
    },
  };
  Object.defineProperty(globalThis, 'arena', { value: Object.freeze(state) });
}
