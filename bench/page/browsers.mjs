// Installed browsers, started without a window on a page of ours; they tell the server themselves what they find.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const BROWSERS = {
  chromium: {
    variable: 'CHROME_PATH',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    places: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
    // Its own sandbox does not work for root; the page is ours. In the background nothing may be slowed down.
    args: (profile, url) => [
      '--headless=new',
      `--user-data-dir=${profile}`,
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      url,
    ],
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    names: ['firefox', 'firefox-esr'],
    places: [
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
    ],
    args: (profile, url) => ['--headless', '--no-remote', '--profile', profile, url],
  },
};
export const NAMES = Object.keys(BROWSERS);

/** What ends each browser that is open: as the leader of a group it does not hear Ctrl-C. */
const open = new Set();
process.on('exit', () => {
  for (const end of open) end();
});

function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The program of a browser, or undefined. */
export function find_browser(name) {
  const { variable, names, places } = BROWSERS[name];
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const on_path = names.flatMap((file) => folders.map((folder) => join(folder, file)));
  return [process.env[variable], ...on_path, ...places].find((path) => path && runnable(path));
}

/** Opens `url`; `close()` ends the browser and takes its profile away. `gone` resolves when it ends by itself. */
export function open_browser(name, url) {
  const program = find_browser(name);
  if (program === undefined) {
    throw new Error(`${name} is not installed (or set ${BROWSERS[name].variable} to it)`);
  }
  const profile = mkdtempSync(join(tmpdir(), 'bytewire-bench-'));
  // A group of its own: browsers are several processes.
  const child = spawn(program, BROWSERS[name].args(profile, url), {
    stdio: 'ignore',
    detached: true,
  });
  const gone = new Promise((done) => {
    child.once('exit', (code) => done(`${name} ended with ${code}`));
    child.once('error', (error) => done(error.message));
  });
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  const clear = () =>
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const end = () => {
    kill();
    clear();
  };
  open.add(end);
  const close = async () => {
    kill();
    await gone;
    open.delete(end);
    clear();
  };
  return { gone, close };
}
