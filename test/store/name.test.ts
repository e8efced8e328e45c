// Which file names pass, and that no trick leads out of the store on any host.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check_name } from '../../bindings/store/name.js';

const check = (name: unknown) => check_name(name, 'test: name');

describe('file names', () => {
  it('pass when they mean the same on every host', () => {
    for (const name of [
      'a',
      'save.bin',
      'slot 1/save.bin',
      'ünï/日本/🎮.dat',
      '.hidden',
      'a..b',
      'com',
      'conx.txt',
    ]) {
      expect(check(name)).toBe(name);
    }
  });

  it('are refused when they lead out of the root, name a device or mean something to some host', () => {
    const bad = [
      '',
      '/',
      '/etc/passwd',
      '//host/share',
      '..',
      '../a',
      'a/..',
      'a/../../b',
      '.',
      './a',
      'a//b',
      'a/',
      'C:',
      'C:/a',
      'a\\b',
      '..\\a',
      '\\\\host\\share',
      'a\0b',
      'a\nb',
      'a:stream',
      'a*',
      'a?',
      'a|b',
      '<a',
      '"a',
      'con',
      'CON.txt',
      'Nul',
      'x/aux',
      'com1',
      'lpt9.dat',
      'COM¹',
      'CONIN$',
      'a.',
      'a ',
      'a./b',
      '.bytewire-1.tmp',
      'x/.Bytewire-y',
      '\ud800',
      'a'.repeat(2000),
      'a'.repeat(256),
      'é'.repeat(128),
      '~'.repeat(300),
    ];
    for (const name of bad) expect(() => check(name), JSON.stringify(name)).toThrow(RangeError);
    for (const name of [undefined, null, 1, {}, ['a']])
      expect(() => check(name)).toThrow(TypeError);
    expect(() => check('../a')).toThrow(
      /test: name "\.\.\/a" is no file name: it has a \.\. in it/,
    );
  });

  it('never resolve outside a folder, whatever passes', () => {
    const pieces = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      'a',
      '%2e%2e',
      ' ',
      '.',
      ':',
      '\u2025',
      '\uff0e\uff0e',
      '\uff0f',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        let name = '';
        try {
          name = check(parts.join(''));
        } catch {
          return;
        }
        expect(
          new URL(encodeURI(name), 'file:///root/folder/').pathname.startsWith('/root/folder/'),
        ).toBe(true);
        expect(name.split('/').every((part) => part !== '..' && part !== '')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
