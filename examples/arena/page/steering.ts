// Keys, mouse and fingers, turned into what an input packet carries.
import { KEY_BOOST, KEY_DOWN, KEY_LEFT, KEY_RIGHT, KEY_STEER, KEY_UP } from '../game/rules.js';

const KEYS: Record<string, number> = {
  KeyW: KEY_UP,
  ArrowUp: KEY_UP,
  KeyS: KEY_DOWN,
  ArrowDown: KEY_DOWN,
  KeyA: KEY_LEFT,
  ArrowLeft: KEY_LEFT,
  KeyD: KEY_RIGHT,
  ArrowRight: KEY_RIGHT,
  Space: KEY_BOOST,
  ShiftLeft: KEY_BOOST,
  ShiftRight: KEY_BOOST,
};

/** Pixels that a finger or the mouse must be off centre to count. */
const DEAD_ZONE = 10;
/** Pixels after which the stick's centre follows the finger, so that turning back is always near. */
export const STICK_REACH = 56;

/** A finger on the glass: where it went down and where it is. */
export interface Stick {
  from_x: number;
  from_y: number;
  x: number;
  y: number;
}

interface Point {
  x: number;
  y: number;
}

export class Steering {
  /** For drawing it; undefined while no finger steers. */
  stick: Stick | undefined;
  /** True once the player has steered at all. */
  used = false;

  private readonly held = new Set<string>();
  private stick_pointer = -1;
  private mouse: Point | undefined;
  private mouse_boost = false;
  private boost_pointer = -1;
  private heading = 0;

  /** `own_position` says where on the canvas the player's ship is: the mouse steers relative to it. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly boost_button: HTMLElement,
    private readonly own_position: () => Point | undefined,
  ) {
    addEventListener('keydown', (event) => this.on_key(event, true));
    addEventListener('keyup', (event) => this.on_key(event, false));
    addEventListener('blur', () => this.release());
    canvas.addEventListener('pointerdown', (event) => this.on_down(event));
    canvas.addEventListener('pointermove', (event) => this.on_move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, (event) => this.on_up(event));
    }
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    this.listen_to_button();
  }

  /** What the player wants right now. */
  sample(): { keys: number; heading: number } {
    let keys = 0;
    for (const code of this.held) keys |= KEYS[code];
    if (this.boost_pointer >= 0 || this.mouse_boost) keys |= KEY_BOOST;
    const aim = this.aim();
    if (aim && Math.hypot(aim.x, aim.y) > DEAD_ZONE) {
      this.heading = Math.atan2(aim.y, aim.x);
      keys |= KEY_STEER;
    }
    if (keys !== 0) this.used = true;
    return { keys, heading: this.heading };
  }

  private aim(): Point | undefined {
    if (this.stick)
      return { x: this.stick.x - this.stick.from_x, y: this.stick.y - this.stick.from_y };
    const own = this.mouse && this.own_position();
    return this.mouse && own && { x: this.mouse.x - own.x, y: this.mouse.y - own.y };
  }

  /** A key that goes up while another window has the focus is never heard of. */
  private release(): void {
    this.held.clear();
    this.stick = this.mouse = undefined;
    this.stick_pointer = this.boost_pointer = -1;
    this.mouse_boost = false;
    this.boost_button.classList.remove('held');
  }

  private on_key(event: KeyboardEvent, down: boolean): void {
    if (!(event.code in KEYS) || event.ctrlKey || event.altKey || event.metaKey) {
      // A shortcut's letter must not stay held.
      this.held.delete(event.code);
      return;
    }
    // What is typed into a field steers nothing.
    if (event.target instanceof HTMLInputElement) return;
    // Space on a focused button presses the button.
    if (event.code === 'Space' && event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    if (down) this.held.add(event.code);
    else this.held.delete(event.code);
  }

  private on_down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === 'mouse') {
      if (event.button === 0) this.mouse = { x: event.clientX, y: event.clientY };
      if (event.button === 2) this.mouse_boost = true;
    } else if (this.stick_pointer < 0) {
      this.stick_pointer = event.pointerId;
      const { clientX: x, clientY: y } = event;
      this.stick = { from_x: x, from_y: y, x, y };
    } else if (this.boost_pointer < 0) {
      // A second finger anywhere boosts.
      this.boost_pointer = event.pointerId;
    }
  }

  private on_move(event: PointerEvent): void {
    const stick = this.stick;
    if (event.pointerType === 'mouse') {
      if (this.mouse) this.mouse = { x: event.clientX, y: event.clientY };
      this.mouse_boost = (event.buttons & 2) !== 0;
    } else if (stick && event.pointerId === this.stick_pointer) {
      stick.x = event.clientX;
      stick.y = event.clientY;
      const length = Math.hypot(stick.x - stick.from_x, stick.y - stick.from_y);
      if (length > STICK_REACH) {
        const share = (length - STICK_REACH) / length;
        stick.from_x += (stick.x - stick.from_x) * share;
        stick.from_y += (stick.y - stick.from_y) * share;
      }
    }
  }

  private on_up(event: PointerEvent): void {
    if (event.pointerType === 'mouse') {
      if (event.button === 0) this.mouse = undefined;
      if (event.button === 2) this.mouse_boost = false;
    } else if (event.pointerId === this.stick_pointer) {
      this.stick = undefined;
      this.stick_pointer = -1;
    } else if (event.pointerId === this.boost_pointer) {
      this.boost_pointer = -1;
    }
  }

  private listen_to_button(): void {
    const button = this.boost_button;
    button.addEventListener('pointerdown', (event) => {
      button.setPointerCapture(event.pointerId);
      this.boost_pointer = event.pointerId;
      button.classList.add('held');
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      button.addEventListener(end, () => {
        this.boost_pointer = -1;
        button.classList.remove('held');
      });
    }
    button.addEventListener('contextmenu', (event) => event.preventDefault());
  }
}
