import { spawn } from 'node:child_process';

/** A program with its arguments. */
export interface BrowserCommand {
  program: string;
  args: string[];
}

/** What `openSystemBrowser` does otherwise by itself. */
export interface OpenBrowserOptions {
  /** Default: this system. */
  platform?: string;
  /** Starts the program and resolves when it runs; default: a process that outlives this one. */
  run?(command: BrowserCommand): Promise<void>;
}

/**
 * Opens a page in the user's own browser. No shell is involved, so nothing in the URL can become a command.
 *
 * Resolves once the system's opener runs; whether a browser came of it isn't known. So show the URL in any case.
 *
 * @throws Error if it is no `http:` or `https:` URL, or if the opener can't be started.
 */
export async function openSystemBrowser(
  url: string,
  { platform = process.platform, run = start }: OpenBrowserOptions = {},
): Promise<void> {
  const command = commandFor(readWebAddress(url), platform);
  await run(command).catch((cause) => {
    throw new Error(`The browser could not be opened (${command.program}).`, { cause });
  });
}

/** As the URL standard writes it: without spaces, quotes or control characters, and never like an option. */
function readWebAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'https:' || parsed?.protocol === 'http:') return parsed.href;
  throw new Error('Only http: and https: addresses are opened in the browser.');
}

function commandFor(url: string, platform: string): BrowserCommand {
  if (platform === 'win32') return { program: 'rundll32', args: ['url.dll,FileProtocolHandler', url] };
  return { program: platform === 'darwin' ? 'open' : 'xdg-open', args: [url] };
}

function start({ program, args }: BrowserCommand): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true, shell: false });
    child.once('error', reject);
    child.once('spawn', resolve);
    child.unref();
  });
}
