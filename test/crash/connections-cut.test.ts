import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { type SignedIn, signInNewUser, start, waitForStatus } from '../support/factories.ts';
import { call } from '../support/http.ts';
import type { ServerProcess } from '../support/process.ts';
import { type Lab, openLab } from './lab.ts';
import { type LoadAnswer, startLoad } from './load.ts';

const CALLERS = 8;
const CUTS = 5;
/** Answers between two cuts. */
const ANSWERS_BETWEEN = 100;

describe('The service whose PostgreSQL connections are all cut, again and again under load', function () {
  this.timeout(120_000);
  let lab: Lab;
  let service: ServerProcess;
  let devices: SignedIn[];
  let answers: LoadAnswer[];
  let dropped: string[];

  before(async () => {
    lab = await openLab();
    service = await lab.start('all');
    devices = await Promise.all(Array.from({ length: CALLERS }, () => signInNewUser(lab.api)));
    const load = startLoad(devices.map(({ token }) => ({ url: service.url, token })));
    for (let cut = 0; cut < CUTS; cut += 1) {
      const seen = load.answers.length;
      await eventually(() => assert.ok(load.answers.length >= seen + ANSWERS_BETWEEN), { timeoutMs: 20_000 });
      assert.ok((await cutConnections(lab)) > 0, 'there was nothing to cut');
    }
    const seen = load.answers.length;
    await eventually(() => assert.ok(load.answers.length >= seen + ANSWERS_BETWEEN), { timeoutMs: 20_000 });
    load.stop();
    await load.ended;
    ({ answers, dropped } = load);
  });

  after(async () => {
    await lab.close();
  });

  it('answers every request, with a success or with 503 and Retry-After', () => {
    assert.deepEqual(dropped, []);
    const others = answers.filter(({ status }) => ![200, 201, 204, 503].includes(status));
    assert.deepEqual(others, []);
    for (const { headers, text } of answers.filter(({ status }) => status === 503)) {
      assert.equal(JSON.parse(text).error.code, 'service_unavailable');
      assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/);
    }
  });

  it('answers with success again as soon as there are connections', () => {
    // Each caller's last answer came long after the last cut.
    const last = answers.slice(-CALLERS).map(({ status }) => status);
    assert.deepEqual(
      last.filter((status) => status >= 400),
      [],
    );
  });

  it('stays up, and is ready again with its listener', async () => {
    const checks = await eventually(
      async () => {
        const response = await fetch(`${service.adminUrl}/readyz`);
        assert.equal(response.status, 200);
        return (await response.json()).checks;
      },
      { timeoutMs: 20_000 },
    );
    assert.deepEqual(checks, { database: 'ok', listener: 'ok' });
    process.kill(service.pid, 0);
  });

  it('tells waiting polls of changes again, and launches relays', async () => {
    const { token } = devices[0] as SignedIn;
    const app = { ...lab.api, url: service.url };
    const connection_id = randomUUID();
    const poll = call(app, 'GET', `/relay/active?wait_seconds=25&connection_id=${connection_id}`, { token });
    const started = await start(app, token, { connection_id });
    assert.equal(started.status, 201, started.text);
    assert.equal((await poll).body.session.session_id, started.body.session.session_id);
    const active = await waitForStatus(app, token, started.body.session, 'active');
    assert.equal(active.status, 'active');
  });
});

/** Cuts every connection to the lab's database that isn't ours; returns how many there were. */
async function cutConnections({ api }: Lab): Promise<number> {
  const client = new pg.Client({ connectionString: api.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    return rows.length;
  } finally {
    await client.end();
  }
}
