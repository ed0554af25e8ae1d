import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopRelayHost } from '../../src/features/relay/providers/local/index.ts';
import { CLIENT } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { type ServerProcess, startServerProcess } from '../support/process.ts';
import { type Outcome, runCommand } from '../support/run-command.ts';
import { TEST_SECRETS } from '../support/test-app.ts';

/** Nothing is configured: the server and the commands find secrets and database in the data folder. */
const UNSET = Object.fromEntries(Object.keys(TEST_SECRETS).map((name) => [name, '']));

describe('commands beside a running server with the embedded database', () => {
  let dataDir: string;
  let server: ServerProcess;

  before(async function () {
    this.timeout(60_000);
    dataDir = await mkdtemp(join(tmpdir(), 'telemy-embedded-'));
    server = await startServerProcess('all', { databaseUrl: '', dataDir, deployment: 'embedded', env: UNSET });
  });

  after(async function () {
    this.timeout(60_000);
    server.kill('SIGTERM');
    await server.exited;
    await stopRelayHost(join(dataDir, 'relays'));
    await rm(dataDir, { recursive: true });
  });

  const run = (...args: string[]): Promise<Outcome> => runCommand(args, { NODE_ENV: 'test', DATA_DIR: dataDir });

  async function json(...args: string[]) {
    const { code, stdout, stderr } = await run(...args, '--json');
    assert.deepEqual([code, stderr], [0, '']);
    return JSON.parse(stdout);
  }

  async function signIn(userId: string): Promise<string> {
    const { body: attempt } = await call(server, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT } });
    const { login_attempt_id, poll_token } = attempt;
    await json('login', 'approve', login_attempt_id, '--user', userId);
    const { status, body } = await call(server, 'POST', '/auth/plugin/login/poll', {
      body: { login_attempt_id, poll_token },
    });
    assert.equal(status, 200);
    return body.auth.cp_access_jwt;
  }

  it('make a user who can sign in and start a relay', async () => {
    const email = `${randomUUID()}@example.com`;
    const { id } = await json('user', 'create', '--email', email, '--plan', 'starter');
    const token = await signIn(id);
    const { body } = await call(server, 'GET', '/auth/session', { token });
    assert.deepEqual([body.user.id, body.entitlement.plan_tier], [id, 'starter']);
    const started = await call(server, 'POST', '/relay/start', {
      token,
      body: {},
      headers: { 'Idempotency-Key': randomUUID() },
    });
    assert.equal(started.status, 201);
    const [line] = await json('session', 'list', '--user', id);
    assert.equal(line.id, started.body.session.session_id);
  });

  it('see at once what the server does, and the server what they do', async () => {
    const { id } = await json('user', 'create', '--email', `${randomUUID()}@example.com`);
    const token = await signIn(id);
    await json('user', 'revoke', id);
    assert.equal((await call(server, 'GET', '/auth/session', { token })).status, 401);
  });

  it('leave the database to the server', async () => {
    await json('user', 'list');
    const ready = await fetch(`${server.adminUrl}/readyz`);
    assert.equal(ready.status, 200);
  });
});

describe('commands without a server', () => {
  let dataDir: string;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'telemy-embedded-'));
  });
  after(() => rm(dataDir, { recursive: true }));

  const run = (...args: string[]): Promise<Outcome> => runCommand(args, { NODE_ENV: 'test', DATA_DIR: dataDir });

  it('start the embedded database for themselves, and the next one finds what they did', async () => {
    const created = await run('user', 'create', '--email', 'ada@example.com');
    assert.equal(created.code, 0, created.stderr);
    const { id } = JSON.parse(created.stdout);
    const shown = await run('user', 'show', 'ada@example.com', '--json');
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(JSON.parse(shown.stdout)[0].id, id);
  }).timeout(60_000);
});
