/**
 * Acts as the OBS plugin: signs in (and approves itself), starts a relay, watches its links, stops it and shows what was
 * counted. Everything goes through the generated SDK, over HTTP. Leaves nothing running and no switch changed, even when
 * it is broken off by Ctrl-C.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { Command } from 'commander';
import logUpdate from 'log-update';
import ora, { type Ora } from 'ora';
import { type Client, createClient } from '../generated/sdk/client/index.ts';
import * as api from '../generated/sdk/index.ts';
import { ConfigError, type ListenAddress, loadConfig } from '../src/config.ts';
import { withDevelopmentSecrets } from '../src/development-secrets.ts';
import { onEndSignal } from '../src/end-signal.ts';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');
const STEP_MS = 400;

const command = new Command('demo')
  .description('Plays the OBS plugin against a running server, or against one of its own.')
  .option('--url <url>', 'the server (default: where LISTEN_ADDR says)')
  .option('--admin-url <url>', 'its admin address (default: where ADMIN_LISTEN_ADDR says)')
  .option('--data-dir <dir>', 'its data folder', process.env.DATA_DIR || './.data')
  .option('--seconds <count>', 'how long to watch the links', '10')
  .parse();
const options = command.opts<{ url?: string; adminUrl?: string; dataDir: string; seconds: string }>();
const config = readConfig();
const url = options.url ?? urlOf(config.listen, '--url');
const adminUrl = options.adminUrl ?? urlOf(config.adminListen, '--admin-url');

/** Aborted by Ctrl-C; whatever takes long listens to it. */
const asked = new AbortController();
const { signal } = asked;
let spinner: Ora | undefined;
onEndSignal(() => asked.abort());
// The terminal was closed.
process.once('SIGHUP', () => asked.abort());

let server: { stop(): Promise<void> } | undefined;
try {
  server = await ensureServer();
  await main();
} catch (error) {
  spinner?.stop();
  if (!signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await server?.stop();
}

async function main(): Promise<void> {
  const client = createClient({ baseUrl: `${url}/api/v1` });
  const userId = await makeUser();
  signal.throwIfAborted();
  const token = await signIn(client, userId);
  const bearer = createClient({ baseUrl: `${url}/api/v1`, auth: () => token });
  const restorePace = await paceLaunch(STEP_MS);
  try {
    await useRelay(bearer);
  } finally {
    await restorePace();
  }
  await showUsage(bearer);
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

/** What to set as LISTEN_ADDR for a server that is to be reached there. */
function listenAddress(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 80}`;
}

/** Shows what is under way. The terminal is left as it is: ora's raw mode swallows Ctrl-C between two of its spinners. */
function spin(text: string): Ora {
  spinner = ora({ text, discardStdin: false }).start();
  return spinner;
}

async function ensureServer(): Promise<{ stop(): Promise<void> } | undefined> {
  if (await isUp()) return undefined;
  const spinner = spin(`No server at ${url}: starting one`);
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Apart from the terminal's Ctrl-C: the relay has to be stopped before the server. Windows would open a window.
    detached: process.platform !== 'win32',
    env: {
      ...process.env,
      DATA_DIR: options.dataDir,
      LISTEN_ADDR: listenAddress(url),
      ADMIN_LISTEN_ADDR: listenAddress(adminUrl),
      LOG_LEVEL: 'warn',
    },
  });
  // For an end at once, by a second signal.
  process.once('exit', () => child.kill('SIGTERM'));
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  try {
    while (!(await isUp())) {
      if (hasEnded(child)) {
        spinner.fail(`The server did not start:\n${said}`);
        process.exit(1);
      }
      await sleep(100, undefined, { signal });
    }
  } catch (error) {
    await endChild(child);
    throw error;
  }
  spinner.succeed(`Started a server at ${url}`);
  return { stop: () => endChild(child) };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function isUp(): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Through the operator's command, as a person would. */
async function makeUser(): Promise<string> {
  const spinner = spin('Making a user on the plan "pro"');
  const email = `demo-${randomUUID().slice(0, 8)}@example.com`;
  const args = [MAIN, 'user', 'create', '--email', email, '--plan', 'pro', '--name', 'Demo'];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, DATA_DIR: options.dataDir },
  });
  const { id } = JSON.parse(stdout) as { id: string };
  spinner.succeed(`User ${email} (${id})`);
  return id;
}

async function signIn(client: Client, userId: string): Promise<string> {
  const spinner = spin('Signing in');
  const device = { platform: process.platform, plugin_version: '0.0.5', device_name: hostname().slice(0, 128) };
  const attempt = expect(await api.startPluginLogin({ client, body: { client: device } }));
  spinner.text = `A browser would open ${attempt.authorize_url}`;
  const credentials = { login_attempt_id: attempt.login_attempt_id, poll_token: attempt.poll_token };
  await api.completePluginLogin({
    client,
    auth: config.secrets.pluginLoginComplete[0],
    body: { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id: userId },
    throwOnError: true,
  });
  for (;;) {
    const answer = expect(await api.pollPluginLogin({ client, body: credentials }));
    if (answer.status === 'completed') {
      spinner.succeed(`Signed in; ${answer.entitlement.max_concurrent_conns} relays allowed`);
      return answer.auth.cp_access_jwt;
    }
    await sleep(attempt.poll_interval_seconds * 1000, undefined, { signal });
  }
}

/**
 * The stand-ins come up faster than anyone can look; the fault switch slows them down for the show. Returns what gives
 * them the pace they had before.
 */
async function paceLaunch(stepMs: number): Promise<() => Promise<void>> {
  const faults = `${adminUrl}/dev/faults`;
  const set = async (slow_launch_ms: number | null) => {
    await fetch(faults, { method: 'PUT', body: JSON.stringify({ slow_launch_ms }) });
  };
  const before = await fetch(faults).catch(() => undefined);
  // Not there in production, nor for those who can't reach the admin address.
  if (!before?.ok) return async () => undefined;
  const { slow_launch_ms: paceBefore = null } = (await before.json()) as { slow_launch_ms?: number };
  await set(stepMs);
  return () => set(paceBefore);
}

async function useRelay(client: Client): Promise<void> {
  signal.throwIfAborted();
  // Not to be broken off: a relay that nobody knows of could not be stopped.
  const { session }: api.RelaySessionEnvelope = expect(
    await api.startRelay({
      client,
      headers: { 'Idempotency-Key': randomUUID() },
      body: { connection_id: randomUUID(), client_context: { obs_connected: false, requested_by: 'demo' } },
    }),
  );
  try {
    await watchLinks(await untilActive(client, session), Number(options.seconds));
  } finally {
    spinner?.stop();
    await stopRelay(client, session.session_id);
  }
}

async function untilActive(client: Client, started: api.RelaySession): Promise<api.RelaySession> {
  let session = started;
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1000).toFixed(1)} s`;
  const spinner = spin(`Relay: ${session.provision_step}`);
  while (session.status === 'provisioning') {
    const known = session.provision_step;
    const query = { connection_id: session.connection_id, wait_seconds: 25, since_version: session.version };
    const answer = await api.getActiveRelay({ client, query, signal });
    if (answer.response?.status === 204) break;
    ({ session } = expect(answer) as api.RelaySessionEnvelope);
    if (session.provision_step !== known)
      spinner.stopAndPersist({ symbol: '  ', text: `${known} done after ${seconds()}` });
    spinner.start(`Relay: ${session.provision_step}`);
  }
  if (session.status !== 'active') {
    const { session: ended } = expect(await api.getRelaySession({ client, path: { session_id: session.session_id } }));
    throw new Error(`The relay did not come up: ${ended.failure?.code}`);
  }
  spinner.succeed(`Relay is active after ${seconds()} in ${session.region}; phones publish to ${session.sender_url}`);
  return session;
}

interface LinkStats {
  groups: {
    connections: { addr: string; bytes: number; share_pct: number; last_ms_ago: number; asn_org?: string }[];
  }[];
}

/** Straight from the relay, as the plugin does it. */
async function watchLinks({ relay }: api.RelaySession, seconds: number): Promise<void> {
  const url = `http://${relay.public_ip}:${relay.stats_port}/stats`;
  let before = new Map<string, number>();
  for (let second = 0; second <= seconds; second += 1) {
    const { groups } = (await (await fetch(url, { signal })).json()) as LinkStats;
    const links = groups.flatMap((group) => group.connections);
    const table = new Table({
      head: ['link', 'kbit/s', 'share', 'last packet'],
      colAligns: ['left', 'right', 'right', 'right'],
    });
    for (const link of links) {
      const earlier = before.get(link.addr);
      const rate = earlier === undefined ? '…' : Math.round(((link.bytes - earlier) * 8) / 1000);
      table.push([link.asn_org ?? 'link', rate, `${link.share_pct.toFixed(0)} %`, `${link.last_ms_ago} ms ago`]);
    }
    before = new Map(links.map((link) => [link.addr, link.bytes]));
    if (process.stdout.isTTY || second === seconds) logUpdate(`${table}\n${second} of ${seconds} s, from ${url}`);
    if (second < seconds) await sleep(1000, undefined, { signal });
  }
  logUpdate.done();
}

async function stopRelay(client: Client, sessionId: string): Promise<void> {
  const spinner = spin('Stopping the relay');
  const stop = async () => expect(await api.stopRelay({ client, body: { session_id: sessionId } }));
  // A launch that is under way ends at its next step only.
  while ((await stop()).status !== 'stopped') await sleep(1000);
  spinner.succeed('Relay is stopped');
}

async function showUsage(client: Client): Promise<void> {
  const usage = expect(await api.getCurrentUsage({ client }));
  const table = new Table();
  table.push(
    { plan: usage.plan_tier },
    { cycle: `${usage.cycle_start.slice(0, 10)} to ${usage.cycle_end.slice(0, 10)}` },
    { used: `${usage.consumed_seconds} s` },
    { left: `${usage.remaining_seconds} of ${usage.included_seconds} s` },
  );
  process.stdout.write(`${table}\n`);
}

/** The body of a success; an error of the API ends the demo with its message. */
function expect<T>(answer: { data?: T; error?: unknown; response?: Response }): NonNullable<T> {
  if (answer.data !== undefined && answer.data !== null && !answer.error) return answer.data;
  throw new Error(`The server answered ${answer.response?.status}: ${JSON.stringify(answer.error)}`);
}
