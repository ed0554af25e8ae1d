import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { loadMoveConfig } from '../../scripts/migrate-host/config.ts';
import type { PhaseName } from '../../scripts/migrate-host/journal.ts';
import { runPhase } from '../../scripts/migrate-host/run-phase.ts';
import { eventually } from '../support/eventually.ts';
import { call } from '../support/http.ts';
import { type Deployment, openDeployment } from '../support/ops/deployment.ts';
import { type MoveHost, type MoveLab, openMoveLab } from '../support/ops/move-lab.ts';
import { type LoadReport, startMoveLoad } from '../support/ops/move-load.ts';
import { startMoveWork, type WorkReport } from '../support/ops/move-work.ts';
import { calleeOf, signInAt, startRelayAt, type Tokens } from '../support/ops/plugin.ts';
import type { ServerProcess } from '../support/process.ts';
import { TEST_SECRETS } from '../support/test-app.ts';

const CHANGING = ['prepare', 'dump', 'restore', 'cutover', 'rollback'];

describe('Moving to another host, as the README says', function () {
  this.timeout(300_000);
  let lab: MoveLab;
  /** Of both hosts: relays, which are on neither, and what marks them are the same. */
  let deployment: Deployment;
  let here: MoveHost;
  let server: ServerProcess;
  let devices: { starts: Tokens; beats: Tokens; refreshes: Tokens; waits: Tokens };
  const writes = async (host: MoveHost) =>
    (await host.cluster.query('show default_transaction_read_only', 'telemy'))[0]?.default_transaction_read_only ===
    'off';
  async function startOn(host: MoveHost, role: 'all' | 'api'): Promise<ServerProcess> {
    here = host;
    const started = await deployment.start(role);
    assert.equal(started.url, `http://${host.ip}:${host.port}`);
    return started;
  }
  async function newDevice(name: string): Promise<Tokens> {
    const email = `${name}@example.com`;
    await deployment.command('user', 'create', '--email', email, '--plan', 'pro');
    const [row] = await lab.old.cluster.query(`select id from users where email = '${email}'`, 'telemy');
    return signInAt(calleeOf(server), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, String(row?.id));
  }

  before(async () => {
    lab = await openMoveLab();
    here = lab.old;
    deployment = await openDeployment(async () => ({
      DATABASE_URL: here.databaseUrl,
      LISTEN_ADDR: `${here.ip}:${here.port}`,
      PUBLIC_BASE_URL: lab.edge.url,
      BACKUP_DIR: String(lab.env.BACKUP_DIR),
    }));
    await deployment.command('migrate');
    server = await startOn(lab.old, 'all');
    devices = {
      starts: await newDevice('starts'),
      beats: await newDevice('beats'),
      refreshes: await newDevice('refreshes'),
      waits: await newDevice('waits'),
    };
    for (const { access: token } of Object.values(devices))
      assert.equal((await call({ url: lab.edge.url }, 'GET', '/auth/session', { token })).status, 200);
  });
  after(async () => {
    await deployment?.close();
    await lab?.close();
  });

  /** A phase as an operator takes it: looked at first where it changes something. At no moment do both hosts write. */
  async function take(name: PhaseName, ...options: string[]): Promise<string> {
    if (CHANGING.includes(name)) {
      const before = [await writes(lab.old), await writes(lab.next)];
      const look = await lab.run([name, '--dry-run', ...options]);
      assert.equal(look.code, 0, look.stderr);
      assert.deepEqual([await writes(lab.old), await writes(lab.next)], before, 'a dry run changes nothing');
    }
    const { code, stdout, stderr } = await lab.run([name, ...options]);
    assert.equal(code, 0, `${name}: ${stdout}${stderr}`);
    if (name !== 'plan')
      assert.notDeepEqual([await writes(lab.old), await writes(lab.next)], [true, true], 'one writer');
    return stdout;
  }

  async function refused(name: PhaseName, why: RegExp, ...options: string[]): Promise<void> {
    const { code, stderr } = await lab.run([name, ...options]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, why);
  }

  /** Kills the command in the middle of a phase, as soon as `isThere` says so. */
  async function cut(name: PhaseName, isThere: () => Promise<void>, ...options: string[]): Promise<void> {
    const { code } = await lab.run([name, '--yes', ...options], () => eventually(isThere, { timeoutMs: 60_000 }));
    assert.equal(code, null, `${name} was killed`);
    const entry = (await lab.journal()).phases[name];
    assert.ok(entry?.started_at && !entry.finished_at);
  }
  const begun = (name: PhaseName) => async () => {
    assert.ok((await lab.journal()).phases[name]?.started_at);
  };

  function assertLeadsBack(): void {
    const [record] = lab.cloudflare.records();
    assert.deepEqual([record?.content, record?.ttl], [lab.old.ip, 300]);
    assert.equal(lab.cloudflare.originRules()[0]?.action_parameters.origin.port, lab.old.port);
  }
  const statusBecomes = (sessionId: string, status: string) =>
    eventually(
      async () => {
        const [row] = await lab.next.cluster.query(
          `select status from relay_sessions where id = '${sessionId}'`,
          'telemy',
        );
        assert.equal(row?.status, status);
      },
      { timeoutMs: 30_000, intervalMs: 50 },
    );

  it('refuses phases that are out of order, and changes that nobody has looked at', async () => {
    await refused('dump', /prepare isn't done\. Next: npm run migrate-host -- plan/, '--yes');
    await refused('rollback', /no final dump has begun/, '--yes');
    await take('plan');
    await refused('prepare', /--dry-run/);
    await refused('cutover', /rehearsal, or there is none/, '--yes');
    await cut('prepare', begun('prepare'));
    await take('prepare');
    assert.equal(lab.cloudflare.records()[0]?.ttl, 60);
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [true, false]);
  });

  it('can be rehearsed while the old host goes on writing, and refuses a cutover then', async () => {
    await take('dump', '--rehearse');
    assert.equal(await writes(lab.old), true);
    await take('restore');
    await take('verify');
    const standby = await startOn(lab.next, 'api');
    await take('smoke');
    await refused('cutover', /rehearsal/, '--yes');
    await deployment.end(standby);
  });

  it('goes back without a loss, and without being told to, while nobody has written on the new host', async () => {
    await take('dump');
    await take('restore');
    await take('verify');
    const standby = await startOn(lab.next, 'api');
    await take('smoke');
    await take('cutover');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [false, true]);
    await take('rollback');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [true, false]);
    assertLeadsBack();
    await deployment.end(standby);
    const load = startMoveLoad(lab.edge.url, devices.waits);
    await load.progress();
    await assertNothingLost(await load.stop(), lab.old);
  });

  it('loses no write that was acknowledged, each phase killed in the middle and run again', async () => {
    const relay = await startRelayAt(calleeOf(server), devices.beats);
    const load = startMoveLoad(lab.edge.url, devices.beats);
    const work = startMoveWork(lab.edge.url, { ...devices, relay });
    await load.progress();
    await moreOf(work);
    // Under way while the service moves: a launch that its relay host holds.
    await setFaults(server, { hold_step: 'starting_docker' });
    const waiting = await call({ url: lab.edge.url }, 'POST', '/relay/start', {
      token: devices.waits.access,
      body: {},
      headers: { 'Idempotency-Key': randomUUID() },
    });
    assert.equal(waiting.status, 201, waiting.text);
    await cut('dump', async () => assert.equal(await writes(lab.old), false));
    await take('dump');
    await load.refusal();
    await cut('restore', async () => {
      const [row] = await lab.next.cluster.query(
        `select count(*)::int as n from pg_tables where schemaname = 'public'`,
        'telemy',
      );
      assert.ok((await lab.journal()).phases.restore?.started_at && Number(row?.n) < 10);
    });
    await take('restore');
    await take('verify');
    const standby = await startOn(lab.next, 'api');
    await take('smoke');
    lab.cloudflare.faults.push({ kind: 'hang', methods: ['PATCH'], path: /dns_records/, count: 1 });
    await cut('cutover', async () => assert.ok(lab.cloudflare.calls.some(({ fault }) => fault === 'hang')));
    assert.equal(await writes(lab.next), false, 'nobody writes while the record is being changed');
    await take('cutover');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [false, true]);
    await load.progress();
    const report = await load.stop();
    await assertNothingLost(report, lab.next);
    // As an operator does: the old host is stopped, the new one is started whole, and its fleet acts again.
    await deployment.end(server);
    await deployment.end(standby);
    server = await startOn(lab.next, 'all');
    await deployment.command('fleet', 'resume');
    await setFaults(server, { hold_step: null });
    await moreOf(work);
    const done = await work.stop();
    await assertWorkThere(done, lab.next);
    const { session_id } = waiting.body.session;
    await statusBecomes(session_id, 'active');
    for (const id of done.stopped) await statusBecomes(id, 'stopped');
    for (const [token, id] of [
      [devices.waits.access, session_id],
      [devices.beats.access, relay.session_id],
    ]) {
      const stopped = await call(calleeOf(server), 'POST', '/relay/stop', { token, body: { session_id: id } });
      assert.equal(stopped.status, 200, stopped.text);
      await statusBecomes(id, 'stopped');
    }
    await eventually(
      async () => {
        const left = `select instance_id, state from relay_instances where state <> 'terminated'`;
        assert.deepEqual(await lab.next.cluster.query(left, 'telemy'), [], 'the new worker takes down what was left');
      },
      { timeoutMs: 30_000, intervalMs: 50 },
    );
    const { refusals, acknowledged, unreached, longestRefusedMs } = report;
    console.log(
      `      ${acknowledged.length} writes acknowledged, ${refusals} refused with 503, ${unreached} unreached (502) in the cutover that was killed, none for longer than ${Math.round(longestRefusedMs / 1000)} s; ${done.started.length} relays started, ${done.stopped.length} stopped, ${done.heartbeats} heartbeats, ${done.refreshes} refreshes`,
    );
    await assert.rejects(lab.old.cluster.query(`delete from users`, 'telemy'), /read-only transaction/);
  });

  it('keeps the old host for 24 hours, and until a backup of the new one is verified', async () => {
    await refused('teardown-check', /2[34]\.\d hours are left.*no verified backup/s);
    const config = loadMoveConfig(lab.configFile, lab.env);
    const clock = { now: () => new Date(Date.now() + 25 * 3_600_000) };
    const later = () => runPhase('teardown-check', { config, env: lab.env, clock });
    await assert.rejects(
      later(),
      ({ message }: Error) => !/hours are left/.test(message) && /no verified backup/.test(message),
    );
    await deployment.command('backup', 'create');
    await assert.rejects(later(), /no verified backup/);
    await deployment.command('backup', 'verify');
    const before = [await writes(lab.old), await writes(lab.next), lab.cloudflare.records()];
    const said = await later();
    assert.ok('result' in said);
    assert.match(JSON.stringify(said.result), /"old_host":"may go","hours":2[45],"backup":"\w/);
    assert.deepEqual([await writes(lab.old), await writes(lab.next), lab.cloudflare.records()], before);
    const back = await startOn(lab.old, 'api');
    await assert.rejects(later(), /still runs on the old host \(telemy-api/);
    await deployment.end(back);
  });

  it('goes back, but not over rows that the new host has written unless told to', async () => {
    await refused('rollback', /would lose these rows:\s+public\.\w+/, '--yes');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [false, true]);
    lab.cloudflare.calls.length = 0;
    lab.cloudflare.faults.push({ kind: 'hang', methods: ['PATCH'], count: 1 });
    await cut(
      'rollback',
      async () => assert.ok(lab.cloudflare.calls.some(({ fault }) => fault === 'hang')),
      '--accept-loss',
    );
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [false, false]);
    await refused('cutover', /a rollback is under way/, '--yes');
    await take('rollback', '--accept-loss');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [true, false]);
    assertLeadsBack();
    await deployment.end(server);
    server = await startOn(lab.old, 'all');
    const load = startMoveLoad(lab.edge.url, devices.waits);
    await load.progress();
    await assertNothingLost(await load.stop(), lab.old);
  });
});

async function assertNothingLost({ acknowledged, faults }: LoadReport, host: MoveHost): Promise<void> {
  assert.deepEqual(faults, []);
  const rows = await host.cluster.query('select id from plugin_login_attempts', 'telemy');
  const there = new Set(rows.map(({ id }) => id));
  assert.ok(acknowledged.length > 0);
  assert.deepEqual(
    acknowledged.filter((id) => !there.has(id)),
    [],
  );
}

/** What was started is there. */
async function assertWorkThere({ started, stopped, faults }: WorkReport, host: MoveHost): Promise<void> {
  assert.deepEqual(faults, []);
  const rows = await host.cluster.query('select id from relay_sessions', 'telemy');
  const there = new Set(rows.map(({ id }) => id));
  assert.deepEqual(
    started.filter((id) => !there.has(id)),
    [],
  );
  assert.ok(stopped.length > 0);
}

/** Waits until each device did more. */
async function moreOf({ done }: ReturnType<typeof startMoveWork>): Promise<void> {
  const before = done();
  await eventually(
    () =>
      assert.ok(
        done().every((count, place) => count > (before[place] ?? 0)),
        `${before} ${done()}`,
      ),
    {
      timeoutMs: 60_000,
    },
  );
}

async function setFaults({ adminUrl }: ServerProcess, faults: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${adminUrl}/dev/faults`, { method: 'PUT', headers, body: JSON.stringify(faults) });
  assert.equal(answer.status, 200, await answer.text());
}
