// Which cases are asked for: the same rules in Node and in pages.

/** Whether `part` is in `text`, capitals or not. */
export const contains = (text, part) => text.toLowerCase().includes(part.toLowerCase());

/** Of `cases` those that any text of `filter` names, that work on `size` bytes, and that do not take long when time is short. */
export function chosen_from(cases, { filter, size, light = false, quick = false }) {
  return cases.filter(
    ({ name, group, bytes, heavy }) =>
      filter.some((text) => contains(`${group} ${name}`, text)) &&
      (size === undefined || bytes === size) &&
      !((quick || light) && heavy),
  );
}

/** Why {@link chosen_from} has found nothing. */
export function nothing_found(cases, { filter, size }) {
  const named = chosen_from(cases, { filter });
  if (size === undefined || named.length === 0) return 'no such case: --list names them all';
  const sizes = new Set(named.flatMap(({ bytes }) => bytes ?? []));
  const list = [...sizes].sort((a, b) => a - b).join(', ');
  return `no such case: none of them works on ${size} bytes, but on ${list || 'no number that is known'}`;
}
