// The one check of file names: what passes means the same file on every host, and stays below the store's root.
import { show, text } from '../check.js';

const MAX_NAME_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
/** Devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])(?:\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const FORBIDDEN = /[\u0000-\u001f\u007f\\:*?"<>|]/;
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** Ours: unfinished files. */
const RESERVED = /^\.bytewire-/i;

function problem_of(name: string): string {
  if (name === '') return 'it is empty';
  if (name.startsWith('/')) return 'it must be relative';
  if (FORBIDDEN.test(name))
    return 'it has a character that not every host takes (\\ : * ? " < > | or a control character)';
  if (LONE_SURROGATE.test(name)) return 'it is not well-formed Unicode';
  if (name.length > MAX_NAME_BYTES) return `it is longer than ${MAX_NAME_BYTES} characters`;
  for (const segment of name.split('/')) {
    if (segment === '') return 'it has an empty folder name';
    if (segment === '.' || segment === '..') return `it has a ${segment} in it`;
    if (/[. ]$/.test(segment)) return 'a part ends in a dot or a space';
    if (DEVICE.test(segment)) return `${segment} is a device on some hosts`;
    if (RESERVED.test(segment)) return 'names that start with .bytewire- are reserved';
    if (segment.length > 80 && new TextEncoder().encode(segment).length > MAX_SEGMENT_BYTES) {
      return `a part is longer than ${MAX_SEGMENT_BYTES} bytes`;
    }
  }
  return '';
}

/**
 * A file name as given, when it is one: relative, parts divided by `/`, no `.` or `..`, no `\`, nothing that some host treats
 * in its own way.
 *
 * @throws TypeError not a string; RangeError any other name
 */
export function check_name(value: unknown, what: string): string {
  const name = text(value, what);
  const problem = problem_of(name);
  if (problem !== '') throw new RangeError(`${what} ${show(name)} is no file name: ${problem}`);
  return name;
}
