// The line below the meters: where this page plays, hosting in it, and joining others by their code.
import { element, show } from './dom.js';
import { spoken } from './host.js';
import type { Session } from './session.js';

const PLACES = {
  server: 'The arena of this server',
  host: 'This page is the server. Others join with the code:',
  room: 'In a room that another page hosts',
};

/** Letters and digits alone, as codes are compared; '' when there are none. */
export function plain_code(text: string): string {
  return text
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, 32);
}

export class Rooms {
  private readonly code = element('code') as HTMLInputElement;

  constructor(
    private readonly session: Session,
    moved: () => void,
  ) {
    const go = (act: () => void) => () => {
      act();
      moved();
      // Keys steer again.
      (document.activeElement as HTMLElement | null)?.blur();
    };
    element('host').addEventListener(
      'click',
      go(() => session.host()),
    );
    for (const id of ['stop', 'leave']) {
      element(id).addEventListener(
        'click',
        go(() => session.join_server()),
      );
    }
    element('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const code = plain_code(this.code.value);
      this.code.setCustomValidity(code === '' ? 'The code that the host reads out' : '');
      if (!this.code.reportValidity()) return;
      this.code.value = '';
      go(() => session.join_room(code))();
    });
    this.code.addEventListener('input', () => this.code.setCustomValidity(''));
    element('copy').addEventListener('click', () => this.copy());
  }

  update(): void {
    const { place, code } = this.session;
    element('rooms').dataset.place = place;
    show('place', PLACES[place]);
    show('room-code', place === 'host' && code === '' ? '· · ·' : spoken(code));
  }

  private async copy(): Promise<void> {
    const { code } = this.session;
    const link = `${location.origin}${location.pathname}?room=${code}`;
    try {
      await navigator.clipboard.writeText(link);
      show('copy', 'Copied');
    } catch {
      // No right to the clipboard: the link itself, to be copied by hand.
      prompt('The link to this room', link);
    }
    setTimeout(() => show('copy', 'Copy link'), 2000);
  }
}
