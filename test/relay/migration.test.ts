import assert from 'node:assert/strict';
import { deprovisionSession } from '../../src/features/relay/deprovision-job.ts';
import { reportHealth } from '../../src/features/relay/health-service.ts';
import { DRAIN_SECONDS, endDrains, migrateSession, REPOINT_SECONDS } from '../../src/features/relay/migrate-job.ts';
import { migrateRelay } from '../../src/features/relay/migrate-service.ts';
import { provisionSession } from '../../src/features/relay/provision-job.ts';
import { reconcile } from '../../src/features/relay/reconcile-job.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { findSession } from '../../src/features/relay/session-store.ts';
import { stopRelay } from '../../src/features/relay/stop-service.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { transitionsOf } from '../support/stored-sessions.ts';

const GOING_ON = new AbortController().signal;

for (const metering of ['session', 'ingest'] as const) {
  describe(`a move to another region, billed by ${metering}`, () => {
    const lab = useRelayLab({ metering });
    let userId: string;
    let session: RelaySession;
    let told: string[];
    let dnsFails: boolean;

    const jobDeps = () => ({
      ...lab().deps,
      async publishName(sessionId: string) {
        if (dnsFails) throw new Error('DNS is away');
        told.push(String((await stored()).publicIp));
        assert.equal(sessionId, session.id);
      },
    });
    const stored = async () => (await findSession(lab().database, session.id)) as RelaySession;
    const ask = (newRegion = 'eu-west-1') =>
      migrateRelay(lab().deps, {
        userId,
        connectionId: null,
        newRegion,
        callerAddress: '203.0.113.9',
        requestId: 'req',
      });
    const run = (signal = GOING_ON) => migrateSession(jobDeps(), session.id, signal);
    const stop = () =>
      stopRelay(lab().deps, {
        userId,
        sessionId: session.id,
        connectionId: undefined,
        reason: 'user_requested',
        defer: true,
        actor: { name: 'user' },
      });
    const takeDown = () => deprovisionSession(lab().deps, session.id);
    const jobNames = () => lab().jobs.map(({ name }) => name);
    const report = (instanceId: string, ingestActive: boolean) =>
      reportHealth(lab().deps, {
        sessionId: session.id,
        instanceId,
        requestId: 'req',
        figures: { ingestActive, uptimeSeconds: undefined, observedAt: undefined },
      });

    /** Asks for a move and ends its worker while the new relay comes up. */
    async function moveHalfWay(): Promise<void> {
      await ask();
      lab().provider.script.launch = 'starting_docker';
      const ended = new AbortController();
      lab().provider.script.onDescribe = (id) => {
        if (id !== session.instanceId) ended.abort();
      };
      await assert.rejects(run(ended.signal));
    }

    /** Lets `seconds` pass with the relay reporting every 30 s. */
    async function stream(instanceId: string, seconds: number): Promise<void> {
      for (let left = seconds; left > 0; left -= 30) {
        lab().clock.forward(Math.min(left, 30));
        await lab().deps.alive.jump();
        await report(instanceId, true);
      }
    }

    beforeEach(async () => {
      await lab().database('relay_sessions').delete();
      await lab().deps.alive.jump();
      lab().provider.instances.clear();
      lab().provider.calls.length = 0;
      Object.assign(lab().provider.script, {
        provision: 'works',
        launch: 'becomes_ready',
        deprovision: 'works',
        onDescribe: () => undefined,
      });
      told = [];
      dnsFails = false;
      userId = await lab().makeUser();
      session = await lab().start(userId);
      await provisionSession(lab().deps, session.id, GOING_ON);
      session = await stored();
      await report(session.instanceId as string, true);
      session = await stored();
      lab().jobs.length = 0;
    });

    it('launches the new relay beside the old one, takes it over when it is ready, and drains the old one for 120 s', async () => {
      const old = session.instanceId as string;
      const asked = await ask();
      assert.deepEqual([asked.moving, asked.session.migration?.step], [true, 'launching_instance']);
      assert.deepEqual(jobNames(), ['relay-migrate']);
      lab().jobs.length = 0;
      const seen: [string, string | undefined, string | null][] = [];
      lab().provider.script.onDescribe = async () => {
        const { region, migration, instanceId } = await stored();
        seen.push([region, migration?.step, instanceId]);
      };
      await run();
      assert.ok(seen.length > 0);
      assert.ok(seen.every(([region, , instanceId]) => region === 'us-east-1' && instanceId === old));

      const moved = await stored();
      assert.equal(moved.status, 'active');
      assert.equal(moved.region, 'eu-west-1');
      assert.notEqual(moved.instanceId, old);
      assert.notEqual(moved.publicIp, session.publicIp);
      assert.deepEqual([moved.migration?.step, moved.migration?.instanceId], ['draining', old]);
      assert.deepEqual(told, [moved.publicIp]);
      assert.ok(moved.version > session.version);
      assert.equal(lab().provider.running().length, 2);

      lab().clock.forward(DRAIN_SECONDS - 0.001);
      assert.equal(await endDrains(lab().deps), 0);
      lab().clock.forward(0.001);
      assert.equal(await endDrains(lab().deps), 1);
      assert.equal((await stored()).migration, null);
      assert.deepEqual(jobNames(), ['relay-deprovision']);
      await takeDown();
      assert.deepEqual(lab().provider.running(), [moved.instanceId]);
    });

    it('leaves no gap and no double second in the bill', async () => {
      const old = session.instanceId as string;
      await stream(old, 60);
      await ask();
      await stream(old, 30);
      await run();
      const moved = (await stored()).instanceId as string;
      // The sender follows the name only a minute later.
      await stream(old, 60);
      await report(moved, false);
      await stream(moved, 60);
      await endDrains(lab().deps);
      await stream(moved, 90);
      assert.deepEqual(await transitionsOf(lab().database, session.id), [
        ['provisioning > active by provisioned', session.activatedAt],
      ]);
      const { usage } = await lab().readSnapshot(userId);
      assert.equal(usage.consumedSeconds, 300);
      assert.equal((await lab().database('usage_intervals').where({ session_id: session.id })).length, 0);
    });

    for (const [how, code] of [
      ['has_no_room', 'capacity_unavailable'],
      ['rejects', 'provision_failed'],
    ] as const) {
      it(`leaves the old relay serving when the new region ${how.replaceAll('_', ' ')}`, async () => {
        lab().provider.script.provision = how;
        await ask();
        await run();
        const left = await stored();
        assert.deepEqual(
          [left.status, left.region, left.instanceId, left.publicIp],
          ['active', 'us-east-1', session.instanceId, session.publicIp],
        );
        assert.deepEqual([left.migration?.step, left.migration?.failure?.code], ['failed', code]);
        await takeDown();
        assert.deepEqual(lab().provider.running(), [session.instanceId]);
        assert.deepEqual(told, []);
      });
    }

    it('leaves the old relay serving when the new one does not come up in 180 s, and takes that one down', async () => {
      lab().provider.script.launch = 'starting_docker';
      await ask();
      lab().provider.script.onDescribe = async (id) => {
        if (id === session.instanceId) return;
        lab().clock.forward(61);
        await lab().deps.alive.jump();
        await report(session.instanceId as string, true);
      };
      await run();
      const left = await stored();
      assert.deepEqual(
        [left.status, left.region, left.migration?.step, left.migration?.failure?.code],
        ['active', 'us-east-1', 'failed', 'provision_timeout'],
      );
      await takeDown();
      assert.deepEqual(lab().provider.running(), [session.instanceId]);
    });

    it('leaves the old relay serving when the new one vanishes each time it comes up', async () => {
      lab().provider.script.launch = 'vanishes';
      await ask();
      await run();
      const left = await stored();
      assert.deepEqual([left.status, left.migration?.failure?.code], ['active', 'instance_lost']);
      await takeDown();
      assert.deepEqual(lab().provider.running(), [session.instanceId]);
      assert.equal(lab().provider.calls.filter((call) => call.startsWith('provision')).length, 4);
    });

    it('may be asked for again once it has failed', async () => {
      lab().provider.script.provision = 'has_no_room';
      await ask();
      await run();
      lab().provider.script.provision = 'works';
      assert.equal((await ask()).session.migration?.step, 'launching_instance');
      await run();
      assert.equal((await stored()).region, 'eu-west-1');
    });

    it('takes an instance down whose answer was lost, when the move is given up', async () => {
      lab().provider.script.provision = 'loses_answer';
      await ask();
      const running = run();
      for (let asked = 0; asked < 2; ) {
        await new Promise((resolve) => setImmediate(resolve));
        asked = lab().provider.calls.filter((call) => call === `provision ${session.id}:2`).length;
      }
      lab().clock.forward(180);
      await lab().deps.alive.jump();
      await report(session.instanceId as string, true);
      await running;
      assert.equal(lab().provider.running().length, 2);
      await takeDown();
      assert.deepEqual(lab().provider.running(), [session.instanceId]);
    });

    it('is taken up where it was when its worker ends in between, with one new instance', async () => {
      await ask();
      const ended = new AbortController();
      let looks = 0;
      lab().provider.script.onDescribe = () => {
        looks += 1;
        if (looks === 2) ended.abort();
      };
      await assert.rejects(run(ended.signal));
      await run();
      assert.equal((await stored()).region, 'eu-west-1');
      assert.equal(lab().provider.instances.size, 2);
    });

    it('ends both relays when the session is stopped in between', async () => {
      await moveHalfWay();
      assert.equal(lab().provider.running().length, 2);
      await stop();
      await run();
      const stopped = await stored();
      assert.deepEqual([stopped.status, stopped.migration], ['stopped', null]);
      await takeDown();
      assert.deepEqual(lab().provider.running(), []);
    });

    it('ends both relays when the session is stopped while the old one drains', async () => {
      await ask();
      await run();
      lab().clock.forward(1);
      await stop();
      await takeDown();
      assert.deepEqual(lab().provider.running(), []);
    });

    it('goes on without DNS after 600 s, and retries until then', async () => {
      await ask();
      dnsFails = true;
      await assert.rejects(run(), /DNS is away/);
      const waiting = await stored();
      assert.deepEqual([waiting.region, waiting.migration?.step], ['eu-west-1', 'repointing_dns']);
      await stream(waiting.instanceId as string, REPOINT_SECONDS - 1);
      await assert.rejects(run(), /DNS is away/);
      await stream(waiting.instanceId as string, 1);
      await run();
      assert.equal((await stored()).migration?.step, 'draining');
    });

    it('is no business of the reconciler', async () => {
      await moveHalfWay();
      const firstSeen = new Map<string, number>();
      const look = () => reconcile(lab().deps, firstSeen);
      await look();
      await stream(session.instanceId as string, 120);
      await look();
      assert.equal(lab().provider.running().length, 2, 'the one that comes up is spared');
      lab().provider.script.launch = 'becomes_ready';
      await run();
      const moved = await stored();
      await look();
      await stream(moved.instanceId as string, 90);
      await look();
      assert.equal(lab().provider.running().length, 2, 'the one that drains is spared');
    });

    it('does not lose the session to what the old relay says of its stream while it drains', async () => {
      const old = session.instanceId as string;
      await ask();
      await run();
      assert.equal((await report(old, false)).status, 'active');
      const moved = (await stored()).instanceId as string;
      assert.equal((await report(moved, false)).status, 'active', 'the new one was never fed');
      lab().clock.forward(1);
      await report(moved, true);
      lab().clock.forward(1);
      assert.equal((await report(moved, false)).status, 'grace', 'from now on it counts');
    });
  });
}
