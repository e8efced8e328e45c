// Names and chat lines: what may be shown of what strangers write, and how often.

/** Longest name and chat line in characters (code points), and in bytes on the wire. */
export const MAX_NAME = 16;
export const MAX_CHAT = 120;
export const MAX_NAME_BYTES = MAX_NAME * 4;
export const MAX_CHAT_BYTES = MAX_CHAT * 4;

/** Marks on one letter beyond this would paint over the lines above. */
const MAX_MARKS = 3;

/** No control, format or direction-changing characters, single spaces, at most `max` characters. */
function clean(text: string, max: number): string {
  const visible = text
    .replace(/[\p{Z}\t\r\n]+/gu, ' ')
    .replace(/\p{C}/gu, '')
    .replace(new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu'), '$1');
  return [...visible.trim()].slice(0, max).join('').trim();
}

/** A name fit to show, never empty. */
export function clean_name(name: string): string {
  return clean(name, MAX_NAME) || 'Pilot';
}

/** A chat line fit to show; '' when nothing is left of it. */
export function clean_chat(text: string): string {
  return clean(text, MAX_CHAT);
}

/** Chat lines at once, and game ticks until another one is earned. */
const BURST = 4;
const TICKS_PER_LINE = 45;

/** What one player may still say. */
export class ChatAllowance {
  private lines = BURST;
  private at_tick = 0;

  /** True: the line may pass. */
  take(tick: number): boolean {
    this.lines = Math.min(BURST, this.lines + (tick - this.at_tick) / TICKS_PER_LINE);
    this.at_tick = tick;
    if (this.lines < 1) return false;
    this.lines--;
    return true;
  }
}
