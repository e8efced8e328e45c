// All cases and all implementations that this host has: the files in cases/ and impls/, and who is left out, by name.
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { KINDS, said_by } from './contest.mjs';

const cases_folder = new URL('cases/', import.meta.url);
const impls_folder = new URL('impls/', import.meta.url);

const modules_in = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.mjs'))
    .sort()
    .map((file) => new URL(file, folder).href);

const on = (host, { hosts }) => hosts === undefined || hosts.includes(host);

/** Files of cases/ that say something about `host`, 'node' or 'browser'. */
export async function case_files(host = 'node') {
  const files = [];
  for (const file of modules_in(cases_folder)) if (on(host, await import(file))) files.push(file);
  return files;
}

/** Every case that `host` can run. */
export async function load_cases(host = 'node') {
  const cases = [];
  for (const file of await case_files(host)) cases.push(...(await import(file)).cases);
  return cases.filter((one) => on(host, one));
}

const is_object = (value) => typeof value === 'object' && value !== null;

function check_impl(file, { name, kind, operations }) {
  if (typeof name !== 'string' || !KINDS.includes(kind) || !is_object(operations)) {
    throw new Error(
      `${file}: exports a name, a kind (${KINDS.join(', ')}) and operations: see bench/README.md`,
    );
  }
}

/**
 * Implementations for `host`, ours first, those in the folder `rivals` beside those in impls/: `impls`, and `found` with their files.
 * `left_out` names the others and says why.
 */
export async function load_impls({ host = 'node', rivals } = {}) {
  const folders = [impls_folder];
  if (rivals !== undefined) folders.push(pathToFileURL(`${rivals}/`));
  const found = [];
  const left_out = [];
  for (const file of folders.flatMap(modules_in)) {
    const short = file.slice(file.lastIndexOf('/') + 1, -'.mjs'.length);
    let impl;
    try {
      impl = await import(file);
    } catch (error) {
      // Installed, but not for this Node: a browser may be newer, and says so itself if it is not.
      if (host !== 'node' && error?.code !== 'ERR_MODULE_NOT_FOUND') {
        found.push({ impl: { name: short, kind: 'package' }, url: file });
        continue;
      }
      // A package that does not load here; a mistake in a rival's own file is told in the same words.
      left_out.push({ name: short, reason: said_by(error).split('\n')[0] });
      continue;
    }
    check_impl(file, impl);
    if (on(host, impl)) found.push({ impl, url: file });
    else left_out.push({ name: impl.name, reason: `runs in ${impl.hosts.join(', ')} only` });
  }
  const rank = ({ impl }) => KINDS.indexOf(impl.kind);
  found.sort((a, b) => rank(a) - rank(b));
  return { found, impls: found.map(({ impl }) => impl), left_out };
}
