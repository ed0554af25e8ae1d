/**
 * Acts as the OBS plugin: signs in (and approves itself), starts a relay, watches its links, stops it and shows what was
 * counted. Everything goes through the generated SDK, over HTTP.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { Command } from 'commander';
import logUpdate from 'log-update';
import ora from 'ora';
import { type Client, createClient } from '../generated/sdk/client/index.ts';
import * as api from '../generated/sdk/index.ts';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');
const STEP_MS = 400;

const options = new Command('demo')
  .description('Plays the OBS plugin against a running server, or against one of its own.')
  .option('--url <url>', 'the server', 'http://127.0.0.1:8080')
  .option('--admin-url <url>', 'its admin address', 'http://127.0.0.1:9090')
  .option('--data-dir <dir>', 'its data folder', process.env.DATA_DIR ?? './.data')
  .option('--seconds <count>', 'how long to watch the links', '10')
  .parse()
  .opts<{ url: string; adminUrl: string; dataDir: string; seconds: string }>();

const server = await ensureServer();
try {
  await main();
} finally {
  await server?.stop();
}

async function main(): Promise<void> {
  const client = createClient({ baseUrl: `${options.url}/api/v1` });
  const userId = await makeUser();
  const token = await signIn(client, userId);
  const bearer = createClient({ baseUrl: `${options.url}/api/v1`, auth: () => token });
  await paceLaunch(STEP_MS);
  try {
    const session = await startRelay(bearer);
    await watchLinks(session, Number(options.seconds));
    await stopRelay(bearer, session.session_id);
  } finally {
    await paceLaunch(0);
  }
  await showUsage(bearer);
}

async function ensureServer(): Promise<{ stop(): Promise<void> } | undefined> {
  if (await isUp()) return undefined;
  const spinner = ora(`No server at ${options.url}: starting one`).start();
  const address = new URL(options.url);
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      DATA_DIR: options.dataDir,
      LISTEN_ADDR: address.host,
      ADMIN_LISTEN_ADDR: new URL(options.adminUrl).host,
      LOG_LEVEL: 'warn',
    },
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  while (!(await isUp())) {
    if (child.exitCode !== null) {
      spinner.fail(`The server did not start:\n${said}`);
      process.exit(1);
    }
    await sleep(100);
  }
  spinner.succeed(`Started a server at ${options.url}`);
  return { stop: () => endChild(child) };
}

async function endChild(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

async function isUp(): Promise<boolean> {
  return fetch(`${options.url}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}

/** Through the operator's command, as a person would. */
async function makeUser(): Promise<string> {
  const spinner = ora('Making a user on the plan "pro"').start();
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
  const spinner = ora('Signing in').start();
  const device = { platform: process.platform, plugin_version: '0.0.5', device_name: hostname().slice(0, 128) };
  const attempt = expect(await api.startPluginLogin({ client, body: { client: device } }));
  spinner.text = `A browser would open ${attempt.authorize_url}`;
  const credentials = { login_attempt_id: attempt.login_attempt_id, poll_token: attempt.poll_token };
  await api.completePluginLogin({
    client,
    auth: await completionKey(),
    body: { login_attempt_id: attempt.login_attempt_id, outcome: 'completed', user_id: userId },
    throwOnError: true,
  });
  for (;;) {
    const answer = expect(await api.pollPluginLogin({ client, body: credentials }));
    if (answer.status === 'completed') {
      spinner.succeed(`Signed in; ${answer.entitlement.max_concurrent_conns} relays allowed`);
      return answer.auth.cp_access_jwt;
    }
    await sleep(attempt.poll_interval_seconds * 1000);
  }
}

async function completionKey(): Promise<string> {
  if (process.env.PLUGIN_LOGIN_COMPLETE_KEY) return process.env.PLUGIN_LOGIN_COMPLETE_KEY;
  const secrets = JSON.parse(await readFile(join(options.dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  return secrets.PLUGIN_LOGIN_COMPLETE_KEY as string;
}

/** The stand-ins come up faster than anyone can look; the fault switch slows them down for the show. */
async function paceLaunch(stepMs: number): Promise<void> {
  await fetch(`${options.adminUrl}/dev/faults`, {
    method: 'PUT',
    body: JSON.stringify({ slow_launch_ms: stepMs }),
  }).catch(() => undefined);
}

async function startRelay(client: Client): Promise<api.RelaySession> {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  let { session }: api.RelaySessionEnvelope = expect(
    await api.startRelay({
      client,
      headers: { 'Idempotency-Key': randomUUID() },
      body: { connection_id: randomUUID(), client_context: { obs_connected: false, requested_by: 'demo' } },
    }),
  );
  const spinner = ora(`Relay: ${session.provision_step}`).start();
  while (session.status === 'provisioning') {
    const known = session.provision_step;
    const query = { connection_id: session.connection_id, wait_seconds: 25, since_version: session.version };
    const answer = await api.getActiveRelay({ client, query });
    if (answer.response?.status === 204) break;
    ({ session } = expect(answer) as api.RelaySessionEnvelope);
    if (session.provision_step !== known)
      spinner.stopAndPersist({ symbol: '  ', text: `${known} done after ${seconds()}` });
    spinner.start(`Relay: ${session.provision_step}`);
  }
  if (session.status !== 'active') {
    const { session: ended } = expect(await api.getRelaySession({ client, path: { session_id: session.session_id } }));
    spinner.fail(`The relay did not come up: ${ended.failure?.code}`);
    process.exit(1);
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
    const { groups } = (await (await fetch(url)).json()) as LinkStats;
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
    if (second < seconds) await sleep(1000);
  }
  logUpdate.done();
}

async function stopRelay(client: Client, sessionId: string): Promise<void> {
  const spinner = ora('Stopping the relay').start();
  const stopped = expect(await api.stopRelay({ client, body: { session_id: sessionId } }));
  spinner.succeed(`Relay is ${stopped.status}`);
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
