// Who takes part: every file of an implementation is loaded in a process of its own first, so that none can end or stop the run.
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KINDS, said_by } from './contest.mjs';
import { is_main } from './is-main.mjs';
import { impl_files, known_operations, on } from './suite.mjs';
import { do_job, tell, watch } from './watched.mjs';

const self = fileURLToPath(import.meta.url);
const path_of = (url) => fileURLToPath(url);

const is_object = (value) => typeof value === 'object' && value !== null;
const is_name = (value) => typeof value === 'string' && value.trim() !== '';
const is_list = (value) => value === undefined || Array.isArray(value);

/** What a module says of itself, as a message; `wrong` when it is no implementation. */
function about({ name, kind, hosts, operations }) {
  if (!is_name(name) || !KINDS.includes(kind) || !is_object(operations) || !is_list(hosts)) {
    return {
      wrong: `exports a name, a kind (${KINDS.join(', ')}) and operations: see bench/README.md`,
    };
  }
  return { impl: { name, kind, hosts, operations: Object.keys(operations) } };
}

async function load_all({ urls }) {
  for (const [at, url] of urls.entries()) {
    await tell({ at });
    let module;
    try {
      module = await import(url);
    } catch (error) {
      const missing = error?.code === 'ERR_MODULE_NOT_FOUND';
      await tell({ at, reason: said_by(error).split('\n')[0], missing });
      continue;
    }
    await tell({ at, ...about(module) });
  }
}

/** What each file says of itself: `[{ impl } | { wrong } | { reason, missing }]`; of one that hangs or ends its process, too. */
async function told_by(files, limit_ms) {
  const told = [];
  while (told.length < files.length) {
    const urls = files.slice(told.length).map(({ url }) => url);
    const ended = await watch(
      self,
      { urls },
      {
        limit_ms,
        hear({ at, ...rest }) {
          if (Object.keys(rest).length > 0) told.push(rest);
        },
      },
    );
    if (ended !== undefined && told.length < files.length) {
      told.push({ reason: `when it is loaded, ${ended}`, ended: true });
    }
  }
  return told;
}

/** Operations that no case asks for, in words; throws when a file has no other. */
function unknown_in({ name, operations }, file, known) {
  const unknown = operations.filter((operation) => !known.has(operation));
  if (unknown.length === 0 && operations.length > 0) return [];
  const names = unknown.map((operation) => `"${operation}"`).join(', ');
  const said = `${path_of(file.url)}: ${name}: no case asks for ${names || 'nothing'}; there are ${[...known].sort().join(', ')}`;
  if (file.is_rival && unknown.length === operations.length) throw new Error(said);
  return [said];
}

function refuse_twins(found) {
  const names = new Map();
  for (const { name, url } of found) {
    const other = names.get(name);
    if (other !== undefined) {
      throw new Error(`two files are called "${name}": ${path_of(other)} and ${path_of(url)}`);
    }
    names.set(name, url);
  }
}

/**
 * Implementations for `host`, ours first, those in the folder `rivals` beside those in impls/: `found`, `[{ name, kind, operations, url }]`.
 * `left_out` names the others and says why, `failed` where that is no matter of the host; `hints` are for their authors. Throws an Error
 * about a file that is no implementation.
 */
export async function find_impls({ host = 'node', rivals, limit_s = 60 } = {}) {
  const files = impl_files(rivals);
  const known = await known_operations();
  const found = [];
  const left_out = [];
  const hints = [];
  for (const [i, told] of (await told_by(files, limit_s * 1000)).entries()) {
    const file = files[i];
    const { url, is_rival } = file;
    const name = basename(path_of(url), '.mjs');
    const { impl, wrong, reason, missing, ended } = told;
    if (wrong !== undefined) throw new Error(`${path_of(url)}: ${wrong}`);
    if (impl !== undefined) {
      if (is_rival && impl.kind === 'ours') {
        throw new Error(`${path_of(url)}: only bytewire itself is of the kind "ours"`);
      }
      hints.push(...unknown_in(impl, file, known));
      if (on(host, impl)) found.push({ ...impl, url });
      else left_out.push({ name: impl.name, reason: `runs in ${impl.hosts.join(', ')} only` });
    } else if (host !== 'node' && !missing && !ended) {
      // Installed, but not for this Node: a browser may be newer, and says so itself if it is not.
      found.push({ name, kind: 'package', operations: [], url });
    } else {
      left_out.push({ name, reason, failed: is_rival || ended });
    }
  }
  refuse_twins(found);
  const rank = ({ kind }) => KINDS.indexOf(kind);
  found.sort((a, b) => rank(a) - rank(b));
  return { found, left_out, hints };
}

if (is_main(import.meta.url) && process.send !== undefined) do_job(load_all);
