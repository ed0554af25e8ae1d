import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Client, createClient } from '../../generated/sdk/client/index.ts';
import * as api from '../../generated/sdk/index.ts';
import type { Demo } from './demo.ts';
import { expect } from './expect.ts';
import { MAIN } from './server.ts';
import { spin } from './spinner.ts';

/** Makes a user on that plan and signs in; returns a client that calls as this user. */
export async function signInNewUser(demo: Demo, plan: 'free' | 'pro'): Promise<Client> {
  const baseUrl = `${demo.url}/api/v1`;
  const userId = await makeUser(demo, plan);
  demo.signal.throwIfAborted();
  const token = await signIn(demo, createClient({ baseUrl }), userId);
  return createClient({ baseUrl, auth: () => token });
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

async function signIn({ loginKey, signal }: Demo, client: Client, userId: string): Promise<string> {
  const spinner = spin('Signing in');
  const device = { platform: process.platform, plugin_version: '0.0.5', device_name: hostname().slice(0, 128) };
  const attempt = expect(await api.startPluginLogin({ client, body: { client: device } }));
  spinner.text = `A browser would open ${attempt.authorize_url}`;
  const credentials = { login_attempt_id: attempt.login_attempt_id, poll_token: attempt.poll_token };
  await api.completePluginLogin({
    client,
    auth: loginKey,
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
