// How a goal is read off a result: each gives a function of `series(name)`, its cases, that gives a number, or `{ why }` there is none.
import { geometric_mean } from '../harness.mjs';

const NO_CASE = { why: 'no such case in this result' };
const no_peer = (peers) => ({ why: `${peers.join(', ')}: not in this result` });

/** "4|7": must and aim. */
export function limits(text) {
  const [must, aim] = text.split('|').map(Number);
  return { must, aim };
}

const own_of = (one) => one.rows.find(({ name }) => name === one.ours);
const rows_of = (one, peers) => one.rows.filter(({ name }) => peers.includes(name));

/** Of each case the best of the peers counts, and of the cases the worst. */
export const least_ratio = (name, peers, accept = () => true) =>
  per_case(name, accept, (one) => {
    const there = rows_of(one, peers);
    if (there.length === 0) return no_peer(peers);
    return Math.min(...there.map((row) => row.ratio));
  });

function per_case(name, accept, value_of, worst = Math.min) {
  return (series) => {
    const cases = series(name).filter(accept);
    if (cases.length === 0) return NO_CASE;
    const values = cases.map(value_of);
    return values.find((value) => typeof value !== 'number') ?? worst(...values);
  };
}

/** The same between one of our other forms and its peers. */
export const form_ratio = (name, form, peers) =>
  per_case(
    name,
    () => true,
    (one) => {
      const there = rows_of(one, peers);
      const [own] = rows_of(one, [form]);
      if (there.length === 0 || own === undefined) return no_peer(peers);
      return Math.min(...there.map((row) => row.ratio)) / own.ratio;
    },
  );

/** Geometric mean, over the files of a class, of the best peer's time over ours. */
export const mean_ratio = (name, peers, accept) => (series) =>
  mean_over(series(name).filter(accept), peers, (there) =>
    Math.min(...there.map(({ ratio }) => ratio)),
  );

/** The same of our size against the peer's, as a change in percent. */
export const mean_size = (name, peers, accept) => (series) => {
  const share = mean_over(
    series(name).filter(accept),
    peers,
    (there, own) => own.bytes / Math.min(...there.map(({ bytes }) => bytes)),
  );
  return typeof share === 'number' ? (share - 1) * 100 : share;
};

function mean_over(cases, peers, value_of) {
  if (cases.length === 0) return NO_CASE;
  const values = [];
  for (const one of cases) {
    const there = rows_of(one, peers);
    if (there.length === 0) return no_peer(peers);
    values.push(value_of(there, own_of(one)));
  }
  return geometric_mean(values);
}

/** Our bytes over those of the best peer; `undefined` peers: over those of every package. */
export const byte_share = (name, peers) =>
  per_case(
    name,
    () => true,
    (one) => {
      const there = one.rows.filter((row) =>
        peers === undefined ? row.kind === 'package' : peers.includes(row.name),
      );
      if (there.length === 0) return no_peer(peers ?? ['packages']);
      return own_of(one).bytes / Math.min(...there.map(({ bytes }) => bytes));
    },
    Math.max,
  );

/** Something of our own row, as it is: the worst of the cases. */
export const own_value = (name, value_of, accept = () => true) =>
  per_case(name, accept, (one) => value_of(own_of(one)), Math.max);

/** A fact of our row against the peer's, the worst of the cases. */
export const fact_share = (name, peer, fact, accept = () => true) =>
  per_case(
    name,
    accept,
    (one) => {
      const [there] = rows_of(one, [peer]);
      return there === undefined ? no_peer([peer]) : own_of(one)[fact] / there[fact];
    },
    Math.max,
  );
