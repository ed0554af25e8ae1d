import assert from 'node:assert/strict';
import { loadMoveConfig } from '../../scripts/migrate-host/config.ts';
import type { PhaseName } from '../../scripts/migrate-host/journal.ts';
import { runPhase } from '../../scripts/migrate-host/run-phase.ts';
import { eventually } from '../support/eventually.ts';
import { call } from '../support/http.ts';
import { type Deployment, openDeployment } from '../support/ops/deployment.ts';
import { type MoveHost, type MoveLab, openMoveLab } from '../support/ops/move-lab.ts';
import { type LoadReport, startMoveLoad } from '../support/ops/move-load.ts';
import { calleeOf, signInAt, type Tokens } from '../support/ops/plugin.ts';
import { TEST_SECRETS } from '../support/test-app.ts';

const CHANGING = ['prepare', 'dump', 'restore', 'cutover', 'rollback'];

describe('Moving to another host, as the README says', function () {
  this.timeout(300_000);
  let lab: MoveLab;
  let old: Deployment;
  let next: Deployment;
  let device: Tokens;
  const writes = async (host: MoveHost) =>
    (await host.cluster.query('show default_transaction_read_only', 'telemy'))[0]?.default_transaction_read_only ===
    'off';
  const startOn = (host: MoveHost, deployment: Deployment, role: 'all' | 'api') =>
    deployment.start(role).then((server) => {
      assert.equal(server.url, `http://${host.ip}:${host.port}`);
      return server;
    });
  const environmentOf = (host: MoveHost) => async () => ({
    DATABASE_URL: host.databaseUrl,
    LISTEN_ADDR: `${host.ip}:${host.port}`,
  });

  before(async () => {
    lab = await openMoveLab();
    old = await openDeployment(environmentOf(lab.old));
    next = await openDeployment(environmentOf(lab.next));
    await old.command('migrate');
    await old.command('user', 'create', '--email', 'move@example.com', '--plan', 'pro');
    const server = await startOn(lab.old, old, 'all');
    const [row] = await lab.old.cluster.query('select id from users', 'telemy');
    device = await signInAt(calleeOf(server), TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY, String(row?.id));
    assert.equal((await call({ url: lab.edge.url }, 'GET', '/auth/session', { token: device.access })).status, 200);
  });
  after(async () => {
    await Promise.all([old?.close(), next?.close()]);
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

  it('refuses phases that are out of order, and changes that nobody has looked at', async () => {
    await refused('dump', /prepare isn't done\. Next: npm run migrate-host -- plan/, '--yes');
    await refused('rollback', /no final dump has begun/, '--yes');
    await take('plan');
    await refused('prepare', /--dry-run/);
    await refused('cutover', /rehearsal, or there is none/, '--yes');
    await cut('prepare', begun('prepare'));
    await take('prepare');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [true, false]);
  });

  it('can be rehearsed while the old host goes on writing, and refuses a cutover then', async () => {
    await take('dump', '--rehearse');
    assert.equal(await writes(lab.old), true);
    await take('restore');
    await take('verify');
    const standby = await startOn(lab.next, next, 'api');
    await take('smoke');
    await refused('cutover', /rehearsal/, '--yes');
    await next.end(standby);
  });

  it('loses no write that was acknowledged, each phase killed in the middle and run again', async () => {
    const load = startMoveLoad(lab.edge.url, device);
    await load.progress();
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
    await startOn(lab.next, next, 'api');
    await take('smoke');
    lab.cloudflare.faults.push({ kind: 'hang', methods: ['PATCH'], path: /dns_records/, count: 1 });
    await cut('cutover', async () => assert.ok(lab.cloudflare.calls.some(({ fault }) => fault === 'hang')));
    assert.equal(await writes(lab.next), false, 'nobody writes while the record is being changed');
    await take('cutover');
    assert.deepEqual([await writes(lab.old), await writes(lab.next)], [false, true]);
    await load.progress();
    const report = await load.stop();
    await assertNothingLost(report, lab.next);
    const { refusals, acknowledged, unreached, longestRefusedMs } = report;
    console.log(
      `      ${acknowledged.length} writes acknowledged, ${refusals} refused with 503, ${unreached} unreached (502) in the cutover that was killed, none for longer than ${Math.round(longestRefusedMs / 1000)} s`,
    );
    await assert.rejects(lab.old.cluster.query(`delete from users`, 'telemy'), /read-only transaction/);
  });

  it('keeps the old host for 24 hours, and until it is stopped and a backup of the new one is verified', async () => {
    await refused('teardown-check', /24\.0 hours are left.*still runs on the old host.*no verified backup/s);
    const config = loadMoveConfig(lab.configFile, lab.env);
    const clock = { now: () => new Date(Date.now() + 25 * 3_600_000) };
    const later = runPhase('teardown-check', { config, env: lab.env, clock });
    await assert.rejects(
      later,
      ({ message }: Error) => !/hours are left/.test(message) && /no verified backup/.test(message),
    );
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
    assert.equal(lab.cloudflare.records()[0]?.content, lab.old.ip);
    assert.equal(lab.cloudflare.originRules()[0]?.action_parameters.origin.port, lab.old.port);
    const load = startMoveLoad(lab.edge.url, device);
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
