import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, start } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { exitWithin, type ServerProcess } from '../support/process.ts';
import { type Lab, openLab } from './lab.ts';
import { startLoad } from './load.ts';

/** A process that was asked to end is gone within this time, in milliseconds. */
const EXIT_LIMIT_MS = 25_000;
const CALLERS = 16;
/** Answers before the process is asked to end. */
const WARM_UP = 400;

describe('An API process that gets SIGTERM', function () {
  this.timeout(EXIT_LIMIT_MS + 30_000);
  let lab: Lab;
  let api: ServerProcess;

  beforeEach(async () => {
    lab = await openLab();
    api = await lab.start('api');
  });

  afterEach(async () => {
    await lab.close();
  });

  it('answers every request of a load over kept connections, and ends with 0', async () => {
    const users = await Promise.all(Array.from({ length: CALLERS }, () => signInNewUser(lab.api)));
    const load = startLoad(users.map(({ token }) => ({ url: api.url, token })));
    await eventually(() => assert.ok(load.answers.length >= WARM_UP), { timeoutMs: 20_000 });
    api.kill('SIGTERM');
    await assertEnds(api);
    await load.ended;
    assert.deepEqual(load.dropped, []);
    const statuses = new Set(load.answers.map(({ status }) => status));
    assert.deepEqual([...statuses].sort(), [200, 201, 204]);
  });

  it('answers a waiting long poll at once', async () => {
    const { token } = await signInNewUser(lab.api);
    const poll = call(api, 'GET', '/relay/active?wait_seconds=25', { token });
    await untilPollsWait(api, 1);
    api.kill('SIGTERM');
    const { status, headers } = await poll;
    assert.equal(status, 204);
    assert.equal(headers.get('Connection'), 'close');
    // Well before the poll's own time would have been over.
    await assertEnds(api, 15_000);
  });

  it('answers a request that waits for the database, and keeps what it did', async () => {
    const { token, user } = await signInNewUser(lab.api);
    const held = await lab.api.database.transaction();
    await held('users').where({ id: user.id }).forUpdate().first();
    const starting = start({ ...lab.api, url: api.url }, token);
    await untilSomeoneWaitsForALock(lab);
    api.kill('SIGTERM');
    await untilRefused(api);
    await held.commit();
    const { status, body, text } = await starting;
    assert.equal(status, 201, text);
    await assertEnds(api);
    const kept = await lab.api.database('relay_sessions').where({ id: body.session.session_id });
    assert.equal(kept.length, 1);
  });
});

/** Within the time, and in order. */
async function assertEnds(server: ServerProcess, timeoutMs = EXIT_LIMIT_MS): Promise<void> {
  assert.deepEqual(await exitWithin(server, timeoutMs), { code: 0, signal: null }, server.output());
}

async function untilPollsWait({ adminUrl }: ServerProcess, count: number): Promise<void> {
  await eventually(async () => {
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
    assert.match(metrics, new RegExp(`^telemy_[a-z_]*waiting[a-z_]* ${count}$`, 'm'));
  });
}

async function untilSomeoneWaitsForALock({ api }: Lab): Promise<void> {
  await eventually(async () => {
    const { rows } = await api.database.raw(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    assert.equal(rows.length, 1);
  });
}

/** The process has begun to end: it takes no new connections. */
async function untilRefused({ url }: ServerProcess): Promise<void> {
  await eventually(() => assert.rejects(fetch(`${url}/healthz`), TypeError));
}
