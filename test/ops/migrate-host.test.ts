import assert from 'node:assert/strict';
import type { PhaseName } from '../../scripts/migrate-host/journal.ts';
import { call } from '../support/http.ts';
import type { Deployment } from '../support/ops/deployment.ts';
import type { MoveHost, MoveLab } from '../support/ops/move-lab.ts';
import { assertNothingLost, describeLoad, type MoveLoad, startMoveLoad } from '../support/ops/move-load.ts';
import { type MoveRehearsal, openMoveRehearsal } from '../support/ops/move-rehearsal.ts';
import { letLaunch, startHeld, statusBecomes, stopRelays } from '../support/ops/move-relays.ts';
import { assertEachTableCompared } from '../support/ops/move-tamper.ts';
import { assertWorkThere, describeWork, startMoveWork } from '../support/ops/move-work.ts';
import { calleeOf, startRelayAt, type Tokens } from '../support/ops/plugin.ts';
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
  const devices = {} as Record<'starts' | 'beats' | 'refreshes' | 'waits', Tokens>;
  const loads: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    rehearsal = await openMoveRehearsal();
    ({ lab, deployment, take, refused, cut, writers } = rehearsal);
    await deployment.command('migrate');
    server = await rehearsal.startOn(lab.old, 'all');
    for (const name of ['starts', 'beats', 'refreshes', 'waits'] as const) {
      devices[name] = await rehearsal.newDevice(server, name);
      const { status } = await call({ url: lab.edge.url }, 'GET', '/auth/session', { token: devices[name].access });
      assert.equal(status, 200);
    }
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
    const { session_id: sessionId } = await startRelayAt(calleeOf(server), devices.beats);
    await stopRelays(server, lab.old.cluster, [{ device: devices.beats, sessionId }]);
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
    const relay = await startRelayAt(calleeOf(server), devices.beats);
    const load = startLoad(devices.beats);
    const work = startMoveWork(lab.edge.url, { ...devices, relay });
    loads.push(work);
    await load.progress();
    await work.progress();
    // Under way while the service moves: a launch that its relay host holds.
    const waiting = await startHeld(server, devices.waits);
    await cut('dump', async () => assert.equal((await writers())[0], false));
    await take('dump');
    await load.refusal();
    await cut('restore', async () => {
      await begun('restore')();
      const tables = `select tablename from pg_tables where schemaname = 'public'`;
      assert.ok((await lab.next.cluster.query(tables, 'telemy')).length < 10);
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
    await letLaunch(server);
    await work.progress();
    const done = await work.stop();
    await assertWorkThere(done, lab.next);
    await statusBecomes(lab.next.cluster, waiting.sessionId, 'active');
    for (const id of done.stopped) await statusBecomes(lab.next.cluster, id, 'stopped');
    await stopRelays(server, lab.next.cluster, [waiting, { device: devices.beats, sessionId: relay.session_id }]);
    console.log(`      ${describeLoad(report)}; ${describeWork(done)}`);
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
