// Files in a real Chromium: its own file system and IndexedDB, 64 MiB, reloads, and pages that go in the middle of a save.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { use_pages } from './pages.js';
import { ready } from './serve-dist.js';

const pages = use_pages();

type Break =
  | 'nothing'
  | 'no getDirectory'
  | 'getDirectory rejects'
  | 'no createWritable'
  | 'createWritable rejects';

/** A fresh profile, its file system damaged in one of the ways that browsers are known for. */
function open_page(damage: Break = 'nothing'): Promise<Page> {
  const spoil = (way: Break) => {
    const refuse = () => Promise.reject(new DOMException('refused', 'SecurityError'));
    const set = (object: object, key: string, value: unknown) =>
      Object.defineProperty(object, key, { value });
    if (way === 'no getDirectory') set(StorageManager.prototype, 'getDirectory', undefined);
    if (way === 'getDirectory rejects') set(StorageManager.prototype, 'getDirectory', refuse);
    if (way === 'no createWritable')
      Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable');
    if (way === 'createWritable rejects')
      set(FileSystemFileHandle.prototype, 'createWritable', refuse);
  };
  return pages.open((page) => page.addInitScript(spoil, damage));
}

/** Where the files of this origin are. */
const places = (page: Page) =>
  page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    const folders: string[] = [];
    try {
      const top = await navigator.storage.getDirectory();
      for await (const name of (top as unknown as { keys(): AsyncIterable<string> }).keys())
        folders.push(name);
    } catch {
      // Damaged.
    }
    return { databases, folders };
  });

/** Saves a file of `size` bytes that can be told from others, and gives its checksum. */
const save = (page: Page, name: string, size: number, seed: number) =>
  page.evaluate(
    async ([name, size, seed]) => {
      const b = bw.buffer_create(size, bw.buffer_fixed, 1);
      const view = bw.buffer_view(b);
      let sum = 0;
      for (let i = 0; i < size; i++) sum = (sum * 31 + (view[i] = (i * seed) ^ (i >> 8))) | 0;
      await bw.buffer_save(b, name);
      bw.buffer_delete(b);
      let check = 0;
      for (let i = 0; i < size; i++) check = (check * 31 + (((i * seed) ^ (i >> 8)) & 255)) | 0;
      return check;
    },
    [name, size, seed] as const,
  );

/** Size and checksum of a stored file, or -1. */
const load = (page: Page, name: string) =>
  page.evaluate(async (name) => {
    const b = await bw.buffer_load(name);
    if (b < 0) return -1;
    const view = bw.buffer_view(b);
    let sum = 0;
    for (let i = 0; i < view.length; i++) sum = (sum * 31 + view[i]) | 0;
    bw.buffer_delete(b);
    return { size: view.length, sum };
  }, name);

async function reload(page: Page): Promise<void> {
  await page.reload();
  await ready(page);
}

const BIG = 64 << 20;

describe.each([
  ['nothing', 'opfs'],
  ['no getDirectory', 'indexeddb'],
  ['getDirectory rejects', 'indexeddb'],
  ['no createWritable', 'indexeddb'],
  ['createWritable rejects', 'indexeddb'],
] as [Break, string][])('a browser in which %s is broken', (damage, place) => {
  it(`keeps files in ${place}, also across a reload`, async () => {
    const page = await open_page(damage);
    expect(await load(page, 'dir/x.bin')).toBe(-1);
    const size = damage === 'nothing' || damage === 'getDirectory rejects' ? BIG : 3 << 20;
    const sum = await save(page, 'dir/x.bin', size, 7);
    expect(await load(page, 'dir/x.bin')).toEqual({ size, sum });
    const { databases, folders } = await places(page);
    expect(databases).toEqual(place === 'opfs' ? [] : ['bytewire/bytewire']);
    if (place === 'opfs') expect(folders).toEqual(['bytewire']);
    await reload(page);
    expect(await load(page, 'dir/x.bin')).toEqual({ size, sum });
    // Replaced by a smaller one, and by an empty one.
    const small = await save(page, 'dir/x.bin', 1000, 3);
    expect(await load(page, 'dir/x.bin')).toEqual({ size: 1000, sum: small });
    await save(page, 'dir/x.bin', 0, 3);
    await reload(page);
    expect(await load(page, 'dir/x.bin')).toEqual({ size: 0, sum: 0 });
    await page.context().close();
  });
});

describe.each(['opfs', 'indexeddb'] as const)('%s', (backend) => {
  const choose = (page: Page) =>
    page.evaluate((backend) => {
      bw.store_set_backend(backend);
      bw.store_set_root('my/game');
    }, backend);

  it('has ranges, loads in place, events, groups and order', async () => {
    const page = await open_page();
    await choose(page);
    const got = await page.evaluate(async () => {
      const events: object[] = [];
      bw.async_on('save_load', (event) => events.push(event));
      const b = bw.buffer_from(new Uint8Array([0, 1, 2, 3, 4, 5]));
      await bw.buffer_save_ext(b, 'x', 1, 4);
      const grow = bw.buffer_create(1, bw.buffer_grow, 1);
      const loaded = await bw.buffer_load_ext(grow, 'x', 3);
      const part = await bw.buffer_load_partial(grow, 'x', 2, 99, 0);
      const none = await bw.buffer_load_partial(grow, 'x', 9, 1, 0);
      bw.buffer_async_group_begin('slot');
      bw.buffer_save_async(b, 'y', 0, -1);
      bw.buffer_async_group_end();
      const first = bw.buffer_save(b, 'z');
      bw.buffer_poke(b, 0, bw.buffer_u8, 9);
      const second = bw.buffer_save(b, 'z');
      bw.buffer_delete(b);
      await Promise.all([first, second]);
      const z = await bw.buffer_load('z');
      const y = await bw.buffer_load('slot/y');
      while (events.length < 1) await new Promise((done) => setTimeout(done, 1));
      let escaped = 'nothing';
      await bw.buffer_save(z, '../x').catch((error) => {
        escaped = error.name;
      });
      const bytes = (id: number) => [...bw.buffer_to_bytes(id)];
      return { grow: bytes(grow), loaded, part, none, y: bytes(y), z: bytes(z), events, escaped };
    });
    expect(got).toEqual({
      grow: [3, 4, 0, 1, 2, 3, 4],
      loaded: 4,
      part: 2,
      none: 0,
      y: [0, 1, 2, 3, 4, 5],
      z: [9, 1, 2, 3, 4, 5],
      events: [{ id: 0, status: true, filename: 'slot' }],
      escaped: 'RangeError',
    });
    await page.context().close();
  });

  it('has the old file or the new one when the page goes in the middle of a save', async () => {
    const page = await open_page();
    await choose(page);
    const size = 12 << 20;
    for (let round = 0; round < 3; round++) {
      await page.evaluate(
        async ([size, round]) => {
          const b = bw.buffer_create(size, bw.buffer_fixed, 1);
          bw.buffer_fill(b, 0, bw.buffer_u8, round * 2 + 1, -1);
          await bw.buffer_save(b, 'save');
          bw.buffer_fill(b, 0, bw.buffer_u8, round * 2 + 2, -1);
          void bw.buffer_save(b, 'save');
          await new Promise((done) => setTimeout(done, round * 10));
        },
        [size, round] as const,
      );
      await reload(page);
      await choose(page);
      const [length, first, same] = await page.evaluate(async () => {
        const b = await bw.buffer_load('save');
        const view = bw.buffer_view(b);
        return [view.length, view[0], view.every((byte) => byte === view[0])];
      });
      expect([length, same]).toEqual([size, true]);
      expect([round * 2 + 1, round * 2 + 2]).toContain(first);
    }
    await page.context().close();
  });
});

it('files that are in IndexedDB since the file system was broken stay in reach when it works again', async () => {
  const page = await open_page();
  await page.evaluate(async () => {
    bw.store_set_backend('indexeddb');
    await bw.buffer_save(bw.buffer_from(new Uint8Array([5])), 'x');
  });
  await reload(page);
  expect(await load(page, 'x')).toEqual({ size: 1, sum: 5 });
  await page.context().close();
});

it('a worker has the same files as its page', async () => {
  const page = await open_page();
  const sum = await save(page, 'x', 1000, 5);
  const size = await page.evaluate(async () => {
    const code = `import('${location.origin}/dist/index.js').then(async (bw) => {
      postMessage(bw.buffer_get_size(await bw.buffer_load('x')));
      await bw.buffer_save_ext(await bw.buffer_load('x'), 'y', 0, 10);
      postMessage('done');
    });`;
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), {
      type: 'module',
    });
    const messages: unknown[] = [];
    return new Promise((done) => {
      worker.onmessage = ({ data }) => {
        messages.push(data);
        if (messages.length === 2) done(messages[0]);
      };
    });
  });
  expect(size).toBe(1000);
  expect(sum).not.toBe(0);
  expect(await load(page, 'y')).toMatchObject({ size: 10 });
  await page.context().close();
});

it.each(['opfs', 'indexeddb'] as const)(
  '%s: a page reads whole files while another one replaces them',
  async (backend) => {
    const context = await pages.browser.newContext();
    const [reader, writer] = [await context.newPage(), await context.newPage()];
    for (const page of [reader, writer]) {
      await page.goto(pages.url);
      await ready(page);
      await page.evaluate((name) => bw.store_set_backend(name), backend);
    }
    await save(writer, 'x', 1000, 5);
    const reading = reader.evaluate(async () => {
      const seen = { whole: 0, missing: 0, mixed: 0, failed: [] as string[] };
      while ((await bw.buffer_load('end')) < 0) {
        const b = await bw.buffer_load('x').catch((error) => {
          seen.failed.push(String(error));
        });
        if (b === undefined) continue;
        if (b < 0) {
          seen.missing++;
          continue;
        }
        const view = bw.buffer_view(b);
        if (view.length !== 1000 && view.some((byte) => byte !== view[0])) seen.mixed++;
        else if (++seen.whole === 20) await bw.buffer_save(b, 'enough');
        bw.buffer_delete(b);
      }
      return seen;
    });
    await writer.evaluate(async () => {
      const b = bw.buffer_create(600_000, bw.buffer_fixed, 1);
      // As long as it takes the other page to read some of them.
      for (let i = 0; i < 100 || (await bw.buffer_load('enough')) < 0; i++) {
        bw.buffer_view(b).fill(i);
        await bw.buffer_save_ext(b, 'x', 0, 300_000 + (i % 100) * 1000);
      }
      await bw.buffer_save(b, 'end');
    });
    const { whole, ...wrong } = await reading;
    expect(wrong).toEqual({ missing: 0, mixed: 0, failed: [] });
    expect(whole).toBeGreaterThanOrEqual(20);
    await context.close();
  },
);
