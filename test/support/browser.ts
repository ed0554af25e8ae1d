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

let launching: Promise<Browser> | undefined;

/** A browser for the tests of the surrounding `describe`. They share one, which is closed behind all of them. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  before(async function () {
    this.timeout(60_000);
    if (!launching) {
      // Behind the last `describe` that runs, whichever those are; counting them would count what a filter leaves out.
      rootOf(this.test?.parent).afterAll(close);
      launching = launch();
    }
    browser = await launching;
  });
  return () => {
    if (!browser) throw new Error('The browser is there only while tests run.');
    return browser;
  };
}

function rootOf(suite: Mocha.Suite | undefined): Mocha.Suite {
  if (!suite) throw new Error('A browser is for the tests of a `describe`.');
  return suite.parent ? rootOf(suite.parent) : suite;
}

async function close(): Promise<void> {
  const launched = launching;
  // A process of a parallel run goes on with another file.
  launching = undefined;
  await (await launched)?.close();
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
