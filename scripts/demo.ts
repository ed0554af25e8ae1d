/**
 * Plays the OBS plugin, through the SDK and over HTTP: a life of a relay, its move to another region, or the life of a subscription. Leaves
 * nothing running and no switch changed, even when it is broken off by Ctrl-C.
 */
import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { ConfigError, type ListenAddress, loadConfig } from '../src/config.ts';
import { withDevelopmentSecrets } from '../src/development-secrets.ts';
import { onEndSignal } from '../src/end-signal.ts';
import { TelemyApiError, TelemyNetworkError } from '../src/sdk/index.ts';
import { walkBilling } from './demo/billing-walk.ts';
import type { Demo } from './demo/demo.ts';
import { DemoError } from './demo/demo-error.ts';
import { walkMove } from './demo/move-walk.ts';
import { walkRelay } from './demo/relay-walk.ts';
import { ensureServer } from './demo/server.ts';
import { stopSpinner } from './demo/spinner.ts';

const WALKS = { relay: walkRelay, move: walkMove, billing: walkBilling };

const command = new Command('demo')
  .description('Plays the OBS plugin against a running server, or against one of its own.')
  .addArgument(
    new Argument(
      '[walk]',
      'a relay and its links, its move to another region, or a plan from the checkout to its cancellation',
    )
      .choices(Object.keys(WALKS))
      .default('relay'),
  )
  .option('--url <url>', 'the server (default: where LISTEN_ADDR says)')
  .option('--admin-url <url>', 'its admin address (default: where ADMIN_LISTEN_ADDR says)')
  .option('--data-dir <dir>', 'its data folder', process.env.DATA_DIR || './.data')
  .option('--seconds <count>', 'how long to watch the links', '10')
  .parse();
const options = command.opts<{ url?: string; adminUrl?: string; dataDir: string; seconds: string }>();
const [walk] = command.processedArgs as [keyof typeof WALKS];

/** Aborted by Ctrl-C; whatever takes long listens to it. */
const asked = new AbortController();
onEndSignal(() => asked.abort());
// The terminal was closed.
process.once('SIGHUP', () => asked.abort());

const config = readConfig();
const demo: Demo = {
  url: options.url ?? urlOf(config.listen, '--url'),
  adminUrl: options.adminUrl ?? urlOf(config.adminListen, '--admin-url'),
  dataDir: options.dataDir,
  seconds: Number(options.seconds),
  loginKey: config.secrets.pluginLoginComplete[0],
  signal: asked.signal,
};

let server: { stop(): Promise<void> } | undefined;
try {
  server = await ensureServer(demo);
  await WALKS[walk](demo);
} catch (error) {
  stopSpinner();
  const isTold = error instanceof DemoError || error instanceof TelemyApiError || error instanceof TelemyNetworkError;
  if (!demo.signal.aborted && !isTold) throw error;
  if (!demo.signal.aborted) process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = demo.signal.aborted ? 130 : 1;
} finally {
  await server?.stop();
}

/** The configuration of the server, as far as this environment tells. */
function readConfig() {
  try {
    const env = { ...process.env, DATA_DIR: options.dataDir };
    return loadConfig(withDevelopmentSecrets(env, resolve(options.dataDir)));
  } catch (error) {
    if (error instanceof ConfigError) command.error(error.message);
    throw error;
  }
}

/** Where to reach a server that listens there. */
function urlOf({ host = '127.0.0.1', port }: ListenAddress, option: string): string {
  if (port === 0) command.error(`A server on port 0 can be anywhere: say where by ${option}.`);
  // A server on every address is on this one too.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
