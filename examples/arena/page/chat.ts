// The chat: a field to write in, and the last lines, which fade after a while.
import { ARENA_SPEAKS } from '../game/protocol.js';
import { hue_of } from '../game/rules.js';
import { MAX_CHAT } from '../game/words.js';
import { element } from './dom.js';
import { colour } from './sprites.js';

const LINES_KEPT = 7;
const FADE_MS = 12_000;

export class Chat {
  private readonly log = element('chat-log');
  private readonly form = element('chat-form') as HTMLFormElement;
  private readonly input = element('chat-input') as HTMLInputElement;

  /** `say` sends a line; false: it could not be sent, and stays in the field. */
  constructor(private readonly say: (text: string) => boolean) {
    this.input.maxLength = MAX_CHAT;
    if (matchMedia('(pointer: coarse)').matches) this.input.placeholder = 'Say something';
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.input.value.trim() !== '' && !this.say(this.input.value)) return;
      this.input.value = '';
      this.leave();
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.code === 'Escape') this.leave();
    });
    // Fades with the rest, but not while somebody writes.
    this.input.addEventListener('focus', () => this.log.classList.add('open'));
    this.input.addEventListener('blur', () => {
      this.log.classList.remove('open');
      document.body.classList.remove('chatting');
    });
    element('chat-open').addEventListener('click', () => this.enter());
    addEventListener('keydown', (event) => {
      const busy = event.target instanceof HTMLElement && event.target !== document.body;
      if (event.code !== 'Enter' || busy) return;
      event.preventDefault();
      this.enter();
    });
  }

  /** A line of a player, by name, or of the arena itself. */
  line(player: number, name: string, text: string): void {
    const row = document.createElement('li');
    if (player === ARENA_SPEAKS) row.className = 'arena';
    else {
      const who = document.createElement('b');
      who.textContent = name;
      who.style.setProperty('--ship', colour(hue_of(player), 72));
      row.append(who, ' ');
    }
    row.append(text);
    this.log.append(row);
    while (this.log.children.length > LINES_KEPT) this.log.firstElementChild?.remove();
    setTimeout(() => row.classList.add('old'), FADE_MS);
  }

  clear(): void {
    this.log.replaceChildren();
  }

  private enter(): void {
    document.body.classList.add('chatting');
    this.input.focus();
  }

  private leave(): void {
    this.input.blur();
  }
}
