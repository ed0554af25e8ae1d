import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { type BrowserProgram, findBrowser } from './find-browser.ts';
import { unpackBrowser } from './packaged-browser.ts';

/** Keep it from reaching the internet, which it does by itself otherwise, and from what a test has no use for. */
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let users = 0;
let launching: Promise<Browser> | undefined;

/**
 * A browser for the tests of the surrounding `describe`. All of a process share one, which is closed behind the last of
 * them.
 */
export function useBrowser(): () => Browser {
  users += 1;
  let browser: Browser | undefined;
  before(async function () {
    this.timeout(60_000);
    launching ??= launch();
    browser = await launching;
  });
  after(async () => {
    users -= 1;
    if (users > 0) return;
    const last = launching;
    // The next file of this process begins anew.
    launching = undefined;
    await (await last)?.close();
  });
  return () => {
    if (!browser) throw new Error('The browser is there only while tests run.');
    return browser;
  };
}

async function launch(): Promise<Browser> {
  const { env, platform } = process;
  return launchBrowser(await findBrowser({ env, platform, isThere: existsSync, unpack: unpackBrowser }));
}

/** Starts a browser without a window; close it at the end. */
export function launchBrowser({ path, args, env }: BrowserProgram): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: [...QUIET, ...(isRoot ? ['--no-sandbox'] : []), ...args],
    env: { ...process.env, ...env } as Record<string, string>,
    // Else it ends the process before the run has tidied up.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
