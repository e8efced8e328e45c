// All cases and all files of implementations: what is in cases/, in impls/ and in the folder of a user's rivals.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const modules_in = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.mjs'))
    .sort()
    .map((file) => pathToFileURL(join(folder, file)).href);

const folder_of = (name) => fileURLToPath(new URL(`${name}/`, import.meta.url));

/** Whether what names its `hosts` is for `host`. */
export const on = (host, { hosts }) => hosts === undefined || hosts.includes(host);

/** Files of cases/ that say something about `host`, 'node' or 'browser'. */
export async function case_files(host = 'node') {
  const files = [];
  for (const file of modules_in(folder_of('cases'))) {
    if (on(host, await import(file))) files.push(file);
  }
  return files;
}

/** Every case that `host` can run. */
export async function load_cases(host = 'node') {
  const cases = [];
  for (const file of await case_files(host)) cases.push(...(await import(file)).cases);
  return cases.filter((one) => on(host, one));
}

/** Names of all operations that any case asks for. */
export async function known_operations() {
  const cases = [...(await load_cases('node')), ...(await load_cases('browser'))];
  return new Set(cases.flatMap(({ operation }) => operation ?? []));
}

/** Files of impls/, and those in the folder `rivals`; throws an Error if that is none, or is empty. */
export function impl_files(rivals) {
  const own = modules_in(folder_of('impls')).map((url) => ({ url, is_rival: false }));
  if (rivals === undefined) return own;
  let urls;
  try {
    urls = modules_in(rivals);
  } catch (error) {
    const why = { ENOENT: 'there is no such folder', ENOTDIR: 'it is no folder' };
    throw new Error(`--rivals: ${rivals}: ${why[error.code] ?? error.message}`);
  }
  if (urls.length === 0) {
    throw new Error(`--rivals: ${rivals}: nothing in it ends with .mjs: see bench/README.md`);
  }
  return [...own, ...urls.map((url) => ({ url, is_rival: true }))];
}
