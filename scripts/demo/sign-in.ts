import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { createMemoryTokenStore, createTelemyClient, type TelemyClient } from '../../src/sdk/index.ts';
import type { Demo } from './demo.ts';
import { DemoError } from './demo-error.ts';
import { MAIN } from './server.ts';
import { spin } from './spinner.ts';

/** Makes a user on that plan and signs in; returns a client that calls as this user. */
export async function signInNewUser(demo: Demo, plan: 'free' | 'pro'): Promise<TelemyClient> {
  const client = createTelemyClient({
    baseUrl: demo.url,
    tokenStore: createMemoryTokenStore(),
    clientVersion: '0.0.5',
    clientPlatform: process.platform,
  });
  const userId = await makeUser(demo, plan);
  demo.signal.throwIfAborted();
  await signIn(demo, client, userId);
  return client;
}

/** Through the operator's command, as a person would. */
async function makeUser({ dataDir }: Demo, plan: string): Promise<string> {
  const spinner = spin(`Making a user on the plan "${plan}"`);
  const email = `demo-${randomUUID().slice(0, 8)}@example.com`;
  const args = [MAIN, 'user', 'create', '--email', email, '--plan', plan, '--name', 'Demo'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, DATA_DIR: dataDir } });
  const { id } = JSON.parse(stdout) as { id: string };
  spinner.succeed(`User ${email} (${id}) on the plan "${plan}"`);
  return id;
}

async function signIn(demo: Demo, client: TelemyClient, userId: string): Promise<void> {
  const spinner = spin('Signing in');
  const outcome = await client.login({
    deviceName: hostname().slice(0, 128),
    signal: demo.signal,
    onUserCode(code) {
      spinner.text = `Signing in; the code is ${code}`;
    },
    openBrowser: (url) => approve(demo, url, userId),
  });
  if (outcome.status !== 'signed_in') throw new DemoError(`The sign-in ended otherwise: ${outcome.status}`);
  spinner.succeed(`Signed in; ${outcome.account.entitlement.max_concurrent_conns} relays allowed`);
}

/** In place of the user in the browser, as the web tier and operators may: no plugin could. */
async function approve({ url, loginKey }: Demo, authorizeUrl: string, userId: string): Promise<void> {
  const body = {
    login_attempt_id: new URL(authorizeUrl).searchParams.get('attempt'),
    outcome: 'completed',
    user_id: userId,
  };
  const answer = await fetch(`${url}/api/v1/auth/plugin/login/complete`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Plugin-Login-Auth': loginKey },
    body: JSON.stringify(body),
  });
  if (!answer.ok)
    throw new DemoError(`The login could not be approved (${answer.status}): is it another server's key?`);
}
