import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { createFileTokenStore } from '../../../src/sdk/node/index.ts';
import type { SignedIn } from '../factories.ts';

const SDK = resolve(import.meta.dirname, '../../../src/sdk');
/** Where the example programs keep their tokens. */
const TOKENS = './telemy/tokens.json';

/** The source files behind what users import. */
export const SDK_SOURCES: Record<string, string> = {
  '@telemy/control-plane-sdk': join(SDK, 'index.ts'),
  '@telemy/control-plane-sdk/node': join(SDK, 'node/index.ts'),
  '@telemy/control-plane-sdk/relay': join(SDK, 'relay/index.ts'),
};

export interface ProgramRun {
  /** What it exports. */
  exports: Record<string, unknown>;
  /** What it printed. */
  output: string;
  /** The refresh token that it left behind; undefined: nobody is signed in any more. */
  refreshToken: string | undefined;
}

/**
 * Runs an example program as a user has it: a file of its own that imports the SDK, with the device's tokens stored.
 *
 * @param openBrowser in place of the system's browser.
 */
export async function runProgram(
  source: string,
  { device, openBrowser }: { device: SignedIn; openBrowser: (url: string) => Promise<void> },
): Promise<ProgramRun> {
  const folder = await mkdtemp(join(tmpdir(), 'docs-example-'));
  const path = join(folder, 'telemy/tokens.json');
  const tokenStore = createFileTokenStore({ path });
  const printed: string[] = [];
  const { log } = console;
  const shared = globalThis as { openBrowserOfExample?: unknown };
  shared.openBrowserOfExample = openBrowser;
  try {
    await tokenStore.save({ accessToken: device.token, refreshToken: device.refreshToken });
    await writeFile(join(folder, 'node.mts'), BROWSERLESS);
    await writeFile(
      join(folder, 'example.mts'),
      withSources(source, folder).replaceAll(TOKENS, () => path),
    );
    console.log = (...values: unknown[]) => void printed.push(format(...values));
    const exports = await import(pathToFileURL(join(folder, 'example.mts')).href);
    const left = await tokenStore.load();
    return { exports, output: printed.join('\n'), refreshToken: left?.refreshToken };
  } finally {
    console.log = log;
    delete shared.openBrowserOfExample;
    await rm(folder, { recursive: true });
  }
}

/** The SDK for Node with another way to open a browser. */
const BROWSERLESS = `export * from ${JSON.stringify(pathToFileURL(SDK_SOURCES['@telemy/control-plane-sdk/node'] as string).href)};
export const openSystemBrowser = (url) => globalThis.openBrowserOfExample(url);`;

function withSources(source: string, folder: string): string {
  return source.replaceAll(/ from '(@telemy\/[^']+)'/g, (_, name: string) => {
    const file = name.endsWith('/node') ? join(folder, 'node.mts') : SDK_SOURCES[name];
    if (file === undefined) throw new Error(`The SDK has no ${name}.`);
    return ` from '${pathToFileURL(file).href}'`;
  });
}
