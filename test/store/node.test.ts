// The file store of Node: links, pipes, full folders.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as bw from '../../bindings/index.js';
import { node_store } from '../../bindings/store/node.js';
import { scratch_root } from './scratch.js';

const top = fileURLToPath(new URL('../..', import.meta.url));
let scratch: ReturnType<typeof scratch_root>;
let outside: string;
let b: number;

beforeEach(() => {
  scratch = scratch_root();
  outside = mkdtempSync(join(tmpdir(), 'bytewire-outside-'));
  b = bw.buffer_from(new TextEncoder().encode('new'));
});

afterEach(() => {
  bw.buffer_delete(b);
  scratch.remove();
  rmSync(outside, { recursive: true, force: true });
});

const here = (...parts: string[]) => join(scratch.root, ...parts);
const escaping = { name: 'NetError', code: 'store_outside' };

describe('symbolic links', () => {
  it('do not lead out of the root: a linked folder, a linked file, a link to a link', async () => {
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(outside, here('folder'));
    symlinkSync(join(outside, 'secret'), here('file'));
    symlinkSync(here('file'), here('again'));
    symlinkSync('../../../../../../etc/hostname', here('relative'));
    for (const name of ['folder/secret', 'file', 'again', 'relative']) {
      await expect(bw.buffer_load(name), name).rejects.toMatchObject(escaping);
    }
    for (const name of ['folder/secret', 'folder/new', 'folder/a/b/new']) {
      await expect(bw.buffer_save(b, name), name).rejects.toMatchObject(escaping);
    }
    // A link to nothing yet must not make that come into being.
    symlinkSync(join(outside, 'nothing'), here('dangling'));
    await expect(bw.buffer_save(b, 'dangling/new')).rejects.toMatchObject({ name: 'NetError' });
    await expect(bw.buffer_save(b, 'dangling/a/new')).rejects.toMatchObject({ name: 'NetError' });
    expect(await bw.buffer_load('dangling')).toBe(-1);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('are replaced by a save, not followed', async () => {
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(join(outside, 'secret'), here('file'));
    await bw.buffer_save(b, 'file');
    expect(readFileSync(here('file'), 'utf8')).toBe('new');
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('may lead from one place below the root to another, and the root may be one', async () => {
    mkdirSync(here('real'));
    symlinkSync('real', here('alias'));
    await bw.buffer_save(b, 'alias/file');
    expect(readFileSync(here('real', 'file'), 'utf8')).toBe('new');
    symlinkSync(here('real'), join(outside, 'root'));
    bw.store_set_root(join(outside, 'root'));
    const loaded = await bw.buffer_load('file');
    expect(bw.buffer_get_size(loaded)).toBe(3);
    bw.buffer_delete(loaded);
  });
});

describe('a save', () => {
  it('makes folders, replaces the file at once and leaves nothing else behind', async () => {
    await bw.buffer_save(b, 'a/b/file');
    linkSync(here('a/b/file'), here('old'));
    await bw.buffer_save_ext(b, 'a/b/file', 1, 1);
    expect(readFileSync(here('a/b/file'), 'utf8')).toBe('e');
    // The old file is still whole for whoever has it open.
    expect(readFileSync(here('old'), 'utf8')).toBe('new');
    expect(readdirSync(here('a/b'))).toEqual(['file']);
  });

  it('that cannot be done says so, and leaves the old file and nothing unfinished', async () => {
    mkdirSync(here('folder'));
    writeFileSync(here('folder/inside'), 'old');
    await expect(bw.buffer_save(b, 'folder')).rejects.toMatchObject({ code: 'store_failed' });
    await expect(bw.buffer_save(b, 'folder/inside/x')).rejects.toMatchObject({
      code: 'store_failed',
    });
    expect(readFileSync(here('folder/inside'), 'utf8')).toBe('old');
    expect(readdirSync(here())).toEqual(['folder']);
    expect(readdirSync(here('folder'))).toEqual(['inside']);
  });
});

describe('a load', () => {
  it('of a folder or a pipe fails at once, of nothing is -1', async () => {
    mkdirSync(here('folder'));
    execFileSync('mkfifo', [here('pipe')]);
    for (const name of ['folder', 'pipe']) {
      await expect(bw.buffer_load(name)).rejects.toMatchObject({ code: 'store_failed' });
    }
    writeFileSync(here('file'), '');
    for (const name of ['nothing', 'no/thing', 'file/x'])
      expect(await bw.buffer_load(name)).toBe(-1);
  });
});

describe('the store', () => {
  it('has no other backends in Node, and no root with a NUL', () => {
    for (const backend of ['opfs', 'indexeddb'] as const) {
      expect(() => bw.store_set_backend(backend)).toThrow(
        expect.objectContaining({ code: 'unsupported' }),
      );
    }
    expect(() => bw.store_set_backend('tape' as never)).toThrow(RangeError);
    expect(() => bw.store_set_backend(1 as never)).toThrow(TypeError);
    expect(() => bw.store_set_root('a\0b')).toThrow(RangeError);
    expect(() => bw.store_set_root(1 as never)).toThrow(TypeError);
  });

  it('is the working directory by default', async () => {
    const before = process.cwd();
    bw.store_set_root('');
    const code = `
      import { buffer_create, buffer_save } from ${JSON.stringify(join(top, 'dist/node/index.js'))};
      await buffer_save(buffer_create(3, 0, 1), 'here/three.bin');`;
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: outside });
    expect(readFileSync(join(outside, 'here/three.bin')).length).toBe(3);
    expect(process.cwd()).toBe(before);
  });

  it('forgets a writer that is given up, and removes files', async () => {
    const store = node_store(scratch.root);
    const writer = await store.create('x');
    await writer.write(new Uint8Array(1000));
    await writer.abort();
    await writer.abort();
    expect(readdirSync(scratch.root)).toEqual([]);
    await bw.buffer_save(b, 'x');
    expect([await store.remove('x'), await store.remove('x'), existsSync(here('x'))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
