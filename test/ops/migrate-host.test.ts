import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PhaseName } from '../../scripts/migrate-host/journal.ts';
import { eventually } from '../support/eventually.ts';
import { call } from '../support/http.ts';
import type { Deployment } from '../support/ops/deployment.ts';
import type { MoveHost, MoveLab } from '../support/ops/move-lab.ts';
import { assertNothingLost, type MoveLoad, startMoveLoad } from '../support/ops/move-load.ts';
import { type MoveRehearsal, openMoveRehearsal } from '../support/ops/move-rehearsal.ts';
import { assertEachTableCompared } from '../support/ops/move-tamper.ts';
import { assertWorkThere, startMoveWork } from '../support/ops/move-work.ts';
import { calleeOf, type Relay, startRelayAt, type Tokens } from '../support/ops/plugin.ts';
import type { ServerProcess } from '../support/process.ts';

describe('Moving to another host, as the README says', function () {
  this.timeout(300_000);
  let rehearsal: MoveRehearsal;
  let lab: MoveLab;
  let deployment: Deployment;
  let take: MoveRehearsal['take'];
  let refused: MoveRehearsal['refused'];
  let cut: MoveRehearsal['cut'];
  let writers: MoveRehearsal['writers'];
  let server: ServerProcess;
  let relay: Relay;
  let devices: { starts: Tokens; beats: Tokens; refreshes: Tokens; waits: Tokens };
  const loads: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    rehearsal = await openMoveRehearsal();
    ({ lab, deployment, take, refused, cut, writers } = rehearsal);
    await deployment.command('migrate');
    server = await rehearsal.startOn(lab.old, 'all');
    const signIn = (name: string) => rehearsal.newDevice(server, name);
    devices = {
      starts: await signIn('starts'),
      beats: await signIn('beats'),
      refreshes: await signIn('refreshes'),
      waits: await signIn('waits'),
    };
    for (const { access: token } of Object.values(devices))
      assert.equal((await call({ url: lab.edge.url }, 'GET', '/auth/session', { token })).status, 200);
    relay = await startRelayAt(calleeOf(server), devices.beats);
  });
  // Whatever came of the test: a load that goes on would hold up all that follows.
  afterEach(async () => void (await Promise.all(loads.splice(0).map((load) => load.stop()))));
  after(() => rehearsal?.close());

  const begun = (name: PhaseName) => async () => {
    assert.ok((await lab.journal()).phases[name]?.started_at);
  };
  function startLoad(device: Tokens): MoveLoad {
    const load = startMoveLoad(lab.edge.url, device);
    loads.push(load);
    return load;
  }

  const assertLeadsBack = () =>
    assert.deepEqual(rehearsal.route(), { address: lab.old.ip, ttl: 300, port: lab.old.port });
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

  async function assertWrites(host: MoveHost): Promise<void> {
    const load = startLoad(devices.waits);
    await load.progress();
    await assertNothingLost(await load.stop(), host);
  }

  it('refuses phases that are out of order, and changes that nobody has looked at', async () => {
    await refused('dump', /prepare isn't done\. Next: npm run migrate-host -- plan/, '--yes');
    await refused('rollback', /no final dump has begun/, '--yes');
    await take('plan');
    await refused('prepare', /--dry-run/);
    await refused('cutover', /rehearsal, or there is none/, '--yes');
    await cut('prepare', begun('prepare'));
    await take('prepare');
    assert.equal(rehearsal.route().ttl, 60);
    assert.deepEqual(await writers(), [true, false]);
  });

  it('can be rehearsed while the old host goes on writing, and refuses a cutover then', async () => {
    await take('dump', { rehearse: true });
    assert.equal((await writers())[0], true);
    await take('restore');
    await assertEachTableCompared(lab.next.cluster, () => rehearsal.inProcess('verify'));
    await take('verify');
    const standby = await rehearsal.startOn(lab.next, 'api');
    await take('smoke');
    await refused('cutover', /rehearsal/, '--yes');
    await deployment.end(standby);
  });

  it('goes back without a loss, and without being told to, while nobody has written on the new host', async () => {
    const load = startLoad(devices.waits);
    await load.progress();
    await take('dump');
    await take('restore');
    await take('verify');
    const standby = await rehearsal.startOn(lab.next, 'api');
    await take('smoke');
    // Before it could write on the new host.
    const report = await load.stop();
    await take('cutover');
    assert.deepEqual(await writers(), [false, true]);
    await take('rollback');
    assert.deepEqual(await writers(), [true, false]);
    assertLeadsBack();
    await deployment.end(standby);
    await assertNothingLost(report, lab.old);
    await assertWrites(lab.old);
  });

  it('has to be prepared again after a rollback, into another empty database', async () => {
    await refused('dump', /prepare isn't done\. Next: npm run migrate-host -- prepare/, '--yes');
    await refused('prepare', /The new database isn't empty/, '--yes');
    await rehearsal.renewNext();
    await take('prepare');
    assert.equal(rehearsal.route().ttl, 60);
    assert.deepEqual(await writers(), [true, false]);
  });

  it('loses no write that was acknowledged, each phase killed in the middle and run again', async () => {
    const load = startLoad(devices.beats);
    const work = startMoveWork(lab.edge.url, { ...devices, relay });
    loads.push(work);
    await load.progress();
    await work.progress();
    // Under way while the service moves: a launch that its relay host holds.
    await setFaults(server, { hold_step: 'starting_docker' });
    const waiting = await call({ url: lab.edge.url }, 'POST', '/relay/start', {
      token: devices.waits.access,
      body: {},
      headers: { 'Idempotency-Key': randomUUID() },
    });
    assert.equal(waiting.status, 201, waiting.text);
    await cut('dump', async () => assert.equal((await writers())[0], false));
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
    const standby = await rehearsal.startOn(lab.next, 'api');
    await take('smoke');
    lab.cloudflare.faults.push({ kind: 'hang', methods: ['PATCH'], path: /dns_records/, count: 1 });
    await cut('cutover', async () => assert.ok(lab.cloudflare.calls.some(({ fault }) => fault === 'hang')));
    assert.equal((await writers())[1], false, 'nobody writes while the record is being changed');
    await take('cutover');
    assert.deepEqual(await writers(), [false, true]);
    await load.progress();
    const report = await load.stop();
    await assertNothingLost(report, lab.next);
    // As an operator does: the old host is stopped, the new one is started whole, and its fleet acts again.
    await deployment.end(server);
    await deployment.end(standby);
    server = await rehearsal.startOn(lab.next, 'all');
    await deployment.command('fleet', 'resume');
    await setFaults(server, { hold_step: null });
    await work.progress();
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
    const clock = { now: () => new Date(Date.now() + 25 * 3_600_000) };
    const later = () => rehearsal.inProcess('teardown-check', { clock });
    await assert.rejects(
      later(),
      ({ message }: Error) => !/hours are left/.test(message) && /no verified backup/.test(message),
    );
    await deployment.command('backup', 'create');
    await assert.rejects(later(), /no verified backup/);
    await deployment.command('backup', 'verify');
    const before = [await writers(), lab.cloudflare.records()];
    const said = await later();
    assert.ok('result' in said);
    assert.match(JSON.stringify(said.result), /"old_host":"may go","hours":2[45],"backup":"\w/);
    assert.deepEqual([await writers(), lab.cloudflare.records()], before);
    const back = await rehearsal.startOn(lab.old, 'api');
    await assert.rejects(later(), /still runs on the old host \(telemy-api/);
    await deployment.end(back);
  });

  it('goes back, but not over rows that the new host has written unless told to', async () => {
    await refused('rollback', /would lose these rows:\s+public\.\w+/, '--yes');
    assert.deepEqual(await writers(), [false, true]);
    lab.cloudflare.calls.length = 0;
    lab.cloudflare.faults.push({ kind: 'hang', methods: ['PATCH'], count: 1 });
    await cut(
      'rollback',
      async () => assert.ok(lab.cloudflare.calls.some(({ fault }) => fault === 'hang')),
      '--accept-loss',
    );
    assert.deepEqual(await writers(), [false, false]);
    await refused('cutover', /a rollback is under way/, '--yes');
    await take('rollback', { acceptLoss: true });
    assert.deepEqual(await writers(), [true, false]);
    assertLeadsBack();
    await deployment.end(server);
    server = await rehearsal.startOn(lab.old, 'all');
    await assertWrites(lab.old);
  });
});

async function setFaults({ adminUrl }: ServerProcess, faults: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${adminUrl}/dev/faults`, { method: 'PUT', headers, body: JSON.stringify(faults) });
  assert.equal(answer.status, 200, await answer.text());
}
