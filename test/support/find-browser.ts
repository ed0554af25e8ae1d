import { posix, win32 } from 'node:path';

/** A browser's program, and what it is to be started with. */
export interface BrowserProgram {
  path: string;
  args: readonly string[];
  /** On top of the process's own. */
  env: Record<string, string>;
}

/** What a browser is looked for with. */
export interface BrowserSearch {
  env: Record<string, string | undefined>;
  platform: NodeJS.Platform;
  isThere(path: string): boolean;
  /** The browser that came with the packages, for where there is none. */
  unpack(): Promise<BrowserProgram>;
}

const UNIX = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];
const WINDOWS = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];

/**
 * The browser to test with: the one that CHROMIUM_PATH names, else one of the system, else the packaged one.
 *
 * @throws Error if CHROMIUM_PATH names nothing.
 */
export async function findBrowser({ env, platform, isThere, unpack }: BrowserSearch): Promise<BrowserProgram> {
  const named = env.CHROMIUM_PATH;
  if (named && !isThere(named)) throw new Error(`CHROMIUM_PATH names no file: ${named}`);
  const path = named || usualPlaces(platform, env).find(isThere);
  return path === undefined ? unpack() : { path, args: [], env: {} };
}

function usualPlaces(platform: NodeJS.Platform, env: BrowserSearch['env']): string[] {
  if (platform === 'win32') {
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(
      (folder) => folder !== undefined,
    );
    return folders.flatMap((folder) => WINDOWS.map((name) => win32.join(folder, name)));
  }
  if (platform === 'darwin') return MAC.map((name) => posix.join('/Applications', name));
  return UNIX.map((name) => posix.join('/usr/bin', name));
}
