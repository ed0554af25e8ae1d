import assert from 'node:assert/strict';
import { pauseFleet, readFleetControl, resumeFleet } from '../../src/features/relay/fleet-control.ts';
import { type Finding, reconcile } from '../../src/features/relay/reconcile-job.ts';
import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { noteInstance, storeSession, transitionsOf } from '../support/stored-sessions.ts';

describe('the reconciler', () => {
  const lab = useRelayLab();
  let userId: string;
  let firstSeen: Map<string, number>;

  beforeEach(async () => {
    await lab().database('relay_sessions').delete();
    await lab().database('relay_instances').delete();
    await lab().deps.alive.jump();
    lab().provider.instances.clear();
    lab().provider.calls.length = 0;
    lab().jobs.length = 0;
    userId = await lab().makeUser();
    firstSeen = new Map();
  });

  const run = async () => {
    const { findings } = await reconcile(lab().deps, firstSeen);
    const of = (kind: Finding['kind']) => findings.filter((one) => one.kind === kind).map(({ what }) => what);
    return { leftovers: of('leftover'), orphans: of('orphan'), lost: of('lost') };
  };
  const store = (status: SessionStatus, values: Partial<RelaySession> = {}) =>
    storeSession(lab().database, lab().clock.now(), userId, status, values);
  const nothing = { leftovers: [] as string[], orphans: [] as string[], lost: [] as string[] };

  /** A session in that state with an instance at the provider. */
  async function storeWithInstance(status: SessionStatus): Promise<{ session: RelaySession; instanceId: string }> {
    const draft = await store(status);
    const instanceId = lab().provider.plant({ sessionId: draft.id });
    await lab().database('relay_sessions').where({ id: draft.id }).update({ instance_id: instanceId });
    return { session: draft, instanceId };
  }

  const note = (session: RelaySession, instanceId: string | null, state: string) =>
    noteInstance(lab().database, lab().clock.now(), session, instanceId, state);

  it('does nothing while everything fits', async () => {
    for (const status of ['active', 'grace'] as const) await storeWithInstance(status);
    lab().provider.plant({ sessionId: (await store('provisioning')).id });
    await store('provisioning');
    lab().clock.forward(100);
    await lab().deps.alive.jump();
    assert.deepEqual([await run(), await run()], [nothing, nothing]);
    assert.deepEqual([lab().provider.calls, lab().jobs], [[], []]);
  });

  it('takes an orphan down 60 s after it was first seen', async () => {
    const orphan = lab().provider.plant({ sessionId: 'ses_nobody' });
    assert.deepEqual(await run(), nothing);
    lab().clock.forward(59.999);
    assert.deepEqual(await run(), nothing);
    lab().clock.forward(0.001);
    assert.deepEqual(await run(), { ...nothing, orphans: [orphan] });
    assert.deepEqual(lab().provider.running(), []);
    assert.deepEqual(await run(), nothing);
  });

  it('spares an orphan whose session appears meanwhile', async () => {
    const { id } = await store('provisioning');
    const instanceId = lab().provider.plant({ sessionId: 'ses_nobody' });
    await run();
    const instance = lab().provider.instances.get(instanceId);
    if (instance) instance.description = { ...instance.description, sessionId: id };
    lab().clock.forward(120);
    assert.deepEqual(await run(), nothing);
    assert.deepEqual(lab().provider.running(), [instanceId]);
  });

  for (const status of ['active', 'grace'] as const) {
    it(`takes down the second instance of a session in ${status}, 60 s after it was first seen`, async () => {
      const { session, instanceId } = await storeWithInstance(status);
      const second = lab().provider.plant({ sessionId: session.id });
      assert.deepEqual(await run(), nothing);
      lab().clock.forward(59.999);
      assert.deepEqual(await run(), nothing);
      lab().clock.forward(0.001);
      assert.deepEqual(await run(), { ...nothing, orphans: [second] });
      assert.deepEqual(lab().provider.running(), [instanceId]);
      assert.deepEqual(await run(), nothing);
      assert.deepEqual(await transitionsOf(lab().database, session.id), []);
    });
  }

  it('leaves every instance of a launch that is under way to that launch', async () => {
    const { id } = await store('provisioning');
    const made = [1, 2].map(() => lab().provider.plant({ sessionId: id }));
    await run();
    lab().clock.forward(120);
    assert.deepEqual(await run(), nothing);
    assert.deepEqual(lab().provider.running(), made);
  });

  it("never touches another deployment's instances", async () => {
    lab().provider.plant({ sessionId: 'ses_nobody', deployment: 'another' });
    const { id } = await store('stopped');
    lab().provider.plant({ sessionId: id, deployment: 'another' });
    for (let minutes = 0; minutes < 60; minutes += 20) {
      assert.deepEqual(await run(), nothing);
      lab().clock.forward(1_200);
      await lab().deps.alive.jump();
    }
    assert.equal(lab().provider.running().length, 2);
    assert.deepEqual([lab().provider.calls, lab().jobs], [[], []]);
  });

  for (const status of ['active', 'grace'] as const) {
    it(`ends a session in ${status} whose instance is gone`, async () => {
      const { session, instanceId } = await storeWithInstance(status);
      lab().provider.lose(instanceId);
      const now = lab().clock.forward(7);
      assert.deepEqual(await run(), { ...nothing, lost: [session.id] });
      assert.deepEqual(await transitionsOf(lab().database, session.id), [
        [`${status} > stopped by instance_lost`, now],
      ]);
      const row = await lab().database('relay_sessions').where({ id: session.id }).first();
      assert.deepEqual([row.failure_code, row.stopped_at], ['instance_lost', now]);
      assert.deepEqual(lab().jobs, [{ name: 'relay-deprovision', sessionId: session.id }]);
      assert.deepEqual(await run(), nothing);
    });
  }

  it('ends one that lapsed long ago at its own time, not as a loss', async () => {
    const { session, instanceId } = await storeWithInstance('active');
    lab().provider.lose(instanceId);
    lab().clock.forward(1_000);
    await lab().deps.alive.jump();
    assert.deepEqual((await run()).lost, []);
    const lines = (await transitionsOf(lab().database, session.id)).map(([line]) => line);
    assert.equal(lines.includes('active > stopped by instance_lost'), false);
  });

  it('asks about the very instance before it ends a session', async () => {
    const { session } = await storeWithInstance('active');
    const list = lab().provider.list;
    lab().provider.list = async () => [];
    try {
      assert.deepEqual(await run(), nothing);
    } finally {
      lab().provider.list = list;
    }
    assert.deepEqual(await transitionsOf(lab().database, session.id), []);
  });

  it('goes on with the others when the provider does not tell of one', async () => {
    const { session: unclear, instanceId } = await storeWithInstance('active');
    const { session: gone, instanceId: goneInstance } = await storeWithInstance('active');
    const orphan = lab().provider.plant({ sessionId: 'ses_nobody' });
    await run();
    lab().clock.forward(60);
    for (const id of [instanceId, goneInstance]) lab().provider.lose(id);
    lab().provider.script.onDescribe = (id) => {
      if (id === instanceId) throw new Error('the provider is not well');
    };
    lab().logLines.length = 0;
    try {
      assert.deepEqual(await run(), { ...nothing, lost: [gone.id], orphans: [orphan] });
    } finally {
      lab().provider.script.onDescribe = () => undefined;
    }
    assert.deepEqual(await transitionsOf(lab().database, unclear.id), []);
    const warning = lab()
      .logLines.map((line) => JSON.parse(line))
      .find(({ msg }) => msg === 'not_reconciled');
    assert.deepEqual([warning?.level, warning?.kind, warning?.what], [40, 'lost', unclear.id]);
    assert.deepEqual((await run()).lost, [unclear.id]);
  });

  it('does nothing while the provider does not answer', async () => {
    const { session } = await storeWithInstance('active');
    const list = lab().provider.list;
    lab().provider.list = () => Promise.reject(new Error('the provider is not well'));
    try {
      assert.deepEqual(await run(), nothing);
      assert.deepEqual((await reconcile(lab().deps, firstSeen)).blind, ['scripted']);
    } finally {
      lab().provider.list = list;
    }
    assert.deepEqual(await transitionsOf(lab().database, session.id), []);
  });

  it('tells a session the new address of its relay, and takes its name back until DNS leads there', async () => {
    const { session, instanceId } = await storeWithInstance('active');
    await lab().database('relay_sessions').where({ id: session.id }).update({ relay_hostname: 'a.example.com' });
    const address = { publicIp: '192.0.2.99', srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 };
    const instance = lab().provider.instances.get(instanceId);
    if (instance) instance.description = { ...instance.description, state: 'running', step: 'ready', address };
    const { findings } = await reconcile(lab().deps, firstSeen);
    assert.deepEqual(
      findings.map(({ kind, what }) => [kind, what]),
      [['address', instanceId]],
    );
    const row = await lab().database('relay_sessions').where({ id: session.id }).first();
    assert.deepEqual([row.public_ip, row.relay_hostname, row.version], ['192.0.2.99', null, session.version + 1]);
    assert.deepEqual(lab().jobs, [{ name: 'relay-dns', sessionId: session.id }]);
  });

  it('works again on the note of an instance that nobody has worked on for five minutes', async () => {
    const session = await store('stopped');
    await note(session, 'i-lost-from-sight', 'running');
    await run();
    assert.deepEqual(lab().jobs, []);
    lab().clock.forward(301);
    const { findings } = await reconcile(lab().deps, firstSeen);
    assert.deepEqual(
      findings.map(({ kind, what }) => [kind, what]),
      [['forgotten', 'i-lost-from-sight']],
    );
    assert.deepEqual(lab().jobs, [{ name: 'relay-deprovision', sessionId: session.id }]);
    assert.deepEqual((await reconcile(lab().deps, firstSeen)).findings, [], 'its job is on its way');
  });

  it('takes a move up again that nobody has worked on for five minutes', async () => {
    const started = lab().clock.now();
    const migration = {
      region: 'eu-west-1',
      step: 'repointing_dns' as const,
      tries: 1,
      instanceId: null,
      startedAt: started,
      drainUntil: null,
      failure: null,
    };
    const { id } = await store('grace', { migration });
    const instanceId = lab().provider.plant({ sessionId: id });
    await lab().database('relay_sessions').where({ id }).update({ instance_id: instanceId });
    lab().clock.forward(301);
    const { findings } = await reconcile(lab().deps, firstSeen);
    assert.deepEqual(
      findings.map(({ kind, what }) => [kind, what]),
      [['move', id]],
    );
    assert.deepEqual(lab().jobs, [{ name: 'relay-migrate', sessionId: id }]);
  });

  it('changes nothing in a dry run, and tells all that it would do, young orphans included', async () => {
    const { session, instanceId } = await storeWithInstance('active');
    lab().provider.lose(instanceId);
    const orphan = lab().provider.plant({ sessionId: 'ses_nobody' });
    const { acted, findings } = await reconcile(lab().deps, firstSeen, { dryRun: true });
    assert.equal(acted, false);
    assert.deepEqual(
      findings.map(({ kind, what }) => [kind, what]),
      [
        ['lost', session.id],
        ['orphan', orphan],
      ],
    );
    assert.deepEqual([lab().provider.calls, lab().jobs], [[], []]);
    assert.equal((await lab().database('relay_sessions').where({ id: session.id }).first()).status, 'active');
  });

  it('only reports on a database that is another one than before, until it is resumed', async () => {
    const orphan = lab().provider.plant({ sessionId: 'ses_nobody' });
    await run();
    lab().clock.forward(60);
    // What a dump looks like that was restored elsewhere.
    await lab().database('fleet_control').update({ database_identity: 'another:1' });
    for (let times = 0; times < 2; times += 1) {
      const { acted, findings } = await reconcile(lab().deps, firstSeen);
      assert.deepEqual([acted, findings.map(({ what }) => what)], [false, [orphan]]);
    }
    assert.deepEqual(lab().provider.running(), [orphan]);
    assert.match((await readFleetControl(lab().database, lab().clock.now())).reason ?? '', /restore/);
    await resumeFleet(lab().database, lab().clock.now());
    assert.equal((await reconcile(lab().deps, firstSeen)).acted, true);
    assert.deepEqual(lab().provider.running(), []);
  });

  it('only reports while an operator has paused it', async () => {
    const orphan = lab().provider.plant({ sessionId: 'ses_nobody' });
    await run();
    lab().clock.forward(60);
    await pauseFleet(lab().database, 'a rehearsal', lab().clock.now());
    assert.equal((await reconcile(lab().deps, firstSeen)).acted, false);
    assert.deepEqual(lab().provider.running(), [orphan]);
    await resumeFleet(lab().database, lab().clock.now());
    assert.deepEqual((await run()).orphans, [orphan]);
  });

  it('asks again for the take-down of what a stopped session left', async () => {
    const { session, instanceId } = await storeWithInstance('stopped');
    await note(session, instanceId, 'running');
    assert.deepEqual(await run(), { ...nothing, leftovers: [instanceId] });
    assert.deepEqual(lab().jobs, [{ name: 'relay-deprovision', sessionId: session.id }]);
    assert.deepEqual(lab().provider.calls, []);
  });

  it('asks for no second take-down while one is pending, and again once it is done without effect', async () => {
    const { session, instanceId } = await storeWithInstance('stopped');
    await note(session, instanceId, 'running');
    const job = { name: 'relay-deprovision' as const, sessionId: session.id };
    lab().jobs.push(job);
    for (let runs = 0; runs < 5; runs += 1) assert.deepEqual(await run(), nothing);
    assert.deepEqual(lab().jobs, [job]);
    lab().jobs.length = 0;
    assert.deepEqual(await run(), { ...nothing, leftovers: [instanceId] });
    assert.deepEqual(lab().jobs, [job]);
  });

  it('takes down by itself what showed up for a stopped session when it had been given up', async () => {
    const { session, instanceId } = await storeWithInstance('stopped');
    await note(session, null, 'terminated');
    assert.deepEqual(await run(), { ...nothing, leftovers: [instanceId] });
    assert.deepEqual(lab().provider.running(), []);
  });

  it('acts on at most 5 things in one run, and on the rest in the next ones', async () => {
    for (let count = 0; count < 4; count += 1) {
      const { instanceId } = await storeWithInstance('active');
      lab().provider.lose(instanceId);
    }
    for (let count = 0; count < 4; count += 1) lab().provider.plant({ sessionId: `ses_nobody${count}` });
    for (let count = 0; count < 4; count += 1) await storeWithInstance('stopped');
    const done = { lost: 0, orphans: 0, leftovers: 0 };
    for (let runs = 0; runs < 6; runs += 1) {
      const report = await run();
      const acts = Object.values(report).flat();
      assert.equal(acts.length <= 5, true, `${acts.length} acts`);
      for (const name of ['lost', 'orphans', 'leftovers'] as const) done[name] += report[name].length;
      lab().clock.forward(30);
      await lab().deps.alive.jump();
    }
    assert.deepEqual(done, { lost: 4, orphans: 4, leftovers: 4 });
  });

  it('acts on a tenth where there is much', async () => {
    for (let count = 0; count < 120; count += 1) lab().provider.plant({ sessionId: `ses_nobody${count}` });
    await run();
    lab().clock.forward(60);
    assert.equal((await run()).orphans.length, 12);
    assert.equal(lab().provider.running().length, 108);
  });

  it('goes on with the others when the provider refuses one', async () => {
    const stubborn = lab().provider.plant({ sessionId: 'ses_stubborn' });
    const other = lab().provider.plant({ sessionId: 'ses_other' });
    const { session, instanceId } = await storeWithInstance('active');
    await run();
    lab().clock.forward(60);
    lab().provider.lose(instanceId);
    const deprovision = lab().provider.deprovision;
    lab().provider.deprovision = (instance) =>
      instance.instanceId === stubborn ? Promise.reject(new Error('not now')) : deprovision(instance);
    try {
      assert.deepEqual(await run(), { leftovers: [], orphans: [other], lost: [session.id] });
    } finally {
      lab().provider.deprovision = deprovision;
    }
    assert.deepEqual(lab().provider.running(), [stubborn]);
  });
});
