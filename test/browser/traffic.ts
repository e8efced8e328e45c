// Packets at a rate, counted, and events in order: the same code in pages and in Node.
import type * as Bytewire from '../../bindings/index.js';

export interface TrafficEvent {
  type: number;
  id: number;
  socket: number;
  succeeded?: number;
  reason?: string;
  error?: string;
  room?: string;
}

export function make_traffic(bw: typeof Bytewire) {
  const SIZE = 64;
  /** Milliseconds between ticks of a sender, and packets at most in one of a sender that is late. */
  const TICK_MS = 4;
  const BURST = 50;
  /** Guards against a hang: many times what the longest of the streams takes. */
  const LONGEST_MS = 240_000;
  /** Of 256 KiB. */
  const LITTLE_BYTES = 16_384;
  const got = new Map<number, number>();
  const events: TrafficEvent[] = [];
  let wake: (() => void)[] = [];

  bw.async_on('networking', (event) => {
    if (event.type === bw.network_type_data) {
      got.set(event.id, (got.get(event.id) ?? 0) + 1);
      return;
    }
    events.push({ ...event } as unknown as TrafficEvent);
    const all = wake;
    wake = [];
    for (const one of all) one();
  });

  const self = {
    /** The first event of a type, and of an id or client, taken out. */
    async event(type: number, of?: number): Promise<TrafficEvent> {
      for (;;) {
        const at = events.findIndex(
          (one) => one.type === type && (of === undefined || one.id === of || one.socket === of),
        );
        if (at >= 0) return events.splice(at, 1)[0];
        await new Promise<void>((done) => {
          wake.push(done);
        });
      }
    },

    received(ids: number[]): number {
      return ids.reduce((sum, id) => sum + (got.get(id) ?? 0), 0);
    },

    /** A server in a room of its own; gives its id and the room's code. */
    async host(type: number, signaling: string): Promise<{ id: number; room: string }> {
      bw.network_set_config(bw.network_config_signaling_url, signaling);
      const id = bw.network_create_server(type, '', 64);
      const { room } = await self.event(bw.network_type_listening, id);
      return { id, room: room as string };
    },

    /** A socket that is connected, or the reason why not. */
    async connect(type: number, url: string, port: number, known = -1): Promise<number> {
      const id = known < 0 ? bw.network_create_socket(type) : known;
      bw.network_connect(id, url, port);
      const { succeeded, reason } = await self.event(bw.network_type_non_blocking_connect, id);
      if (succeeded !== 1) throw new Error(reason);
      return id;
    },

    /**
     * `each` packets on every socket, so many a second on each; gives how many were accepted. What a full queue refuses is sent later: a
     * machine that has much else to do takes longer, and what has ended takes no more.
     */
    send(ids: number[], each: number, rate: number): Promise<number> {
      const packet = bw.buffer_create(SIZE, bw.buffer_fixed, 1);
      const start = performance.now();
      const accepted = ids.map(() => 0);
      return new Promise((done) => {
        const tick = () => {
          const passed_ms = performance.now() - start;
          const due = Math.min(each, Math.ceil((passed_ms * rate) / 1000));
          for (const [i, id] of ids.entries()) {
            const until = Math.min(due, accepted[i] + BURST);
            while (accepted[i] < until && bw.network_send_packet(id, packet, SIZE) === SIZE) {
              accepted[i]++;
            }
          }
          if (accepted.some((n) => n < each) && passed_ms < LONGEST_MS) setTimeout(tick, TICK_MS);
          else {
            bw.buffer_delete(packet);
            done(accepted.reduce((sum, n) => sum + n));
          }
        };
        tick();
      });
    },

    /** Fills a socket's queue to the brim and waits until it has all but gone, `rounds` times; gives the longest wait in ms, Infinity: it hangs. */
    async flood(id: number, rounds: number): Promise<number> {
      const packet = bw.buffer_create(SIZE, bw.buffer_fixed, 1);
      let longest = 0;
      for (let round = 0; round < rounds; round++) {
        while (bw.network_send_packet(id, packet, SIZE) === SIZE);
        const full = performance.now();
        while ((bw.network_get_stats(id)?.buffered_bytes ?? 0) > LITTLE_BYTES) {
          await new Promise((done) => setTimeout(done, TICK_MS));
          if (performance.now() - full > 60_000) return Number.POSITIVE_INFINITY;
        }
        longest = Math.max(longest, performance.now() - full);
      }
      bw.buffer_delete(packet);
      return longest;
    },
  };
  return self;
}

export type Traffic = ReturnType<typeof make_traffic>;
