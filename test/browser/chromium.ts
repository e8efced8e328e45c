// A real Chromium for tests: an installed one, or Debian's when this user may install it, or a plain reason why there is none.
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const OTHER_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Quiet start, no traffic of its own, and timers that run in every page as if it were in front. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** Installing from a Debian mirror takes this long at most. */
const INSTALL_MS = 300_000;

/** Whatever a test waits for in a page; guards against a hang only. */
const PATIENCE_MS = 120_000;

const is_root = process.getuid?.() === 0;

async function runnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function on_path(names: string[]): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      if (folder !== '' && (await runnable(path))) return path;
    }
  }
  return undefined;
}

async function installed(): Promise<string | undefined> {
  const named = process.env.CHROME_PATH;
  for (const path of named ? [named] : []) if (await runnable(path)) return path;
  const found = await on_path(NAMES);
  if (found !== undefined) return found;
  for (const path of OTHER_PLACES) if (await runnable(path)) return path;
  return undefined;
}

/** Debian's package; the path of the program, or why that did not work. */
async function install(): Promise<{ path: string } | { reason: string }> {
  const apt = await on_path(['apt-get']);
  if (!is_root || apt === undefined) {
    return { reason: 'no Chrome or Chromium found (set CHROME_PATH to one)' };
  }
  const options = {
    timeout: INSTALL_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 << 20,
  };
  try {
    await run(apt, ['update'], options);
    await run(apt, ['install', '-y', '--no-install-recommends', 'chromium'], options);
  } catch (error) {
    const said = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { reason: `no Chrome or Chromium found, and apt-get could not install one: ${said}` };
  }
  const path = await installed();
  return path ? { path } : { reason: 'apt-get installed chromium, but no program came of it' };
}

/** A running browser, or the reason why a test must be skipped. The caller closes the browser. */
export async function open_chromium(): Promise<{ browser: Browser } | { reason: string }> {
  const path = await installed();
  const found = path ? { path } : await install();
  if ('reason' in found) {
    console.warn(`browser tests skipped: ${found.reason}`);
    return found;
  }
  // Chromium's own sandbox does not work for root; these pages are ours.
  const args = is_root ? [...FLAGS, '--no-sandbox'] : FLAGS;
  const browser = await chromium.launch({ executablePath: found.path, headless: true, args });
  // Playwright's own 30 s are too few for pages on a busy machine.
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS));
  return { browser };
}
