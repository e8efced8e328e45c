// A cable between client and server that a test can cut, pull out and plug in again: a TCP proxy on 127.0.0.1.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterwards } from './harness.js';

export class Cable {
  readonly port: number;
  /** While false, nobody gets through: connections are reset. */
  plugged = true;
  /** Where it leads: who connects from now on meets that server. */
  far_port: number;
  readonly #pairs = new Set<[Socket, Socket]>();

  private constructor(port: number, far_port: number) {
    this.port = port;
    this.far_port = far_port;
  }

  static async to(server_port: number): Promise<Cable> {
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const cable = new Cable((listener.address() as AddressInfo).port, server_port);
    listener.on('connection', (near) => {
      near.on('error', () => {});
      if (!cable.plugged) {
        near.resetAndDestroy();
        return;
      }
      const far = connect(cable.far_port, '127.0.0.1');
      far.on('error', () => near.destroy());
      const pair: [Socket, Socket] = [near, far];
      cable.#pairs.add(pair);
      near.pipe(far);
      far.pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
      near.on('close', () => cable.#pairs.delete(pair));
    });
    afterwards(() => {
      listener.close();
      cable.cut();
    });
    return cable;
  }

  /** Both ends notice at once. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** The client notices at once, the server not at all. */
  cut_near(): void {
    for (const [near, far] of this.#pairs) {
      far.unpipe();
      far.pause();
      near.unpipe();
      near.removeAllListeners('close');
      near.destroy();
    }
  }

  /** Nobody notices: nothing comes through any more. */
  pull(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe();
      far.unpipe();
      near.pause();
      far.pause();
    }
  }
}
