import assert from 'node:assert/strict';
import type { PoolHost } from '../../src/features/relay/providers/pool/host.ts';
import { createPoolProvider } from '../../src/features/relay/providers/pool/pool-provider.ts';
import type { InstanceDescription, ProvisionRequest } from '../../src/features/relay/providers/provider.ts';
import { eventually } from '../support/eventually.ts';
import { NO_PLACEMENT } from '../support/instances.ts';
import { provisionRequest } from '../support/local-relays.ts';
import { POOL_KEY, usePoolLab } from '../support/pool-lab.ts';
import type { SlsHost } from '../support/sls-host/index.ts';

describe('a relay at a host of a pool', () => {
  const pool = usePoolLab();
  let host: PoolHost;
  let sls: SlsHost;
  let request: ProvisionRequest;

  beforeEach(async () => {
    ({ host, sls } = await pool().startHost());
    request = provisionRequest({ sessionId: 'ses_1', streamToken: 'abc' });
  });

  const OURS = { publisher: 'live_abc', player: 'play_abc', description: 'telemy:test:ses_1' };
  const provision = (values: Partial<ProvisionRequest> = {}) =>
    pool().provider.provision({ ...request, ...values }, NO_PLACEMENT);
  const bringUp = async (made: InstanceDescription) =>
    (await pool().provider.bringUp(made, request)) as InstanceDescription;
  const release = (made: InstanceDescription) => pool().provider.deprovision(made);
  const taken = async () => (await pool().row(host)).sessions;
  const changes = () =>
    sls.calls.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);

  /** Brings up to the end, whatever the calls on the way run into; answers the steps without repetitions. */
  async function ready(made: InstanceDescription, tries = 20): Promise<string[]> {
    const steps: string[] = [made.step];
    for (let left = tries; left > 0 && steps.at(-1) !== 'ready'; left -= 1) {
      const { step, state } = await bringUp(made);
      assert.equal(state, 'running');
      if (step !== steps.at(-1)) steps.push(step);
    }
    assert.equal(steps.at(-1), 'ready');
    return steps;
  }

  describe('that comes up', () => {
    it('goes from step to step as its host answers, gets the stream ids, and knows them', async () => {
      const made = await provision();
      assert.deepEqual(await ready(made), ['waiting_for_instance', 'starting_containers', 'creating_stream', 'ready']);
      assert.deepEqual(sls.streams(), [OURS]);
      assert.deepEqual((await bringUp(made)).address, host.address);
    });

    it('calls nothing of its host before it is brought up: the place is taken first', async () => {
      await provision();
      assert.deepEqual([sls.calls.length, await taken()], [0, 1]);
    });

    it('goes on in another process where one crashed between the assignment and the stream ids', async () => {
      const made = await provision();
      await bringUp(made);
      const other = createPoolProvider(pool().another());
      assert.equal((await other.provision(request, NO_PLACEMENT)).instanceId, made.instanceId);
      await ready(made);
      assert.deepEqual([sls.streams(), await taken()], [[OURS], 1]);
    });

    for (const kind of ['lost', 'down', 'error', 'throttled', 'hang'] as const) {
      it(`comes up though the first two calls that change something end with "${kind}"`, async () => {
        sls.faults = [{ kind, methods: ['POST'], count: 2 }];
        const made = await provision();
        await ready(made);
        assert.deepEqual([sls.streams(), await taken()], [[OURS], 1]);
        // What is there already is not made anew.
        assert.equal(
          changes().some((line) => line.startsWith('DELETE')),
          false,
        );
      });
    }

    it('comes up with one pair of stream ids though two workers bring it up at once', async () => {
      const made = await provision();
      for (let round = 0; round < 4; round += 1) await Promise.all([bringUp(made), bringUp(made), bringUp(made)]);
      assert.equal((await bringUp(made)).step, 'ready');
      assert.deepEqual(sls.streams(), [OURS]);
    });

    it('is not ready before the host knows the stream: what vanishes meanwhile is made again', async () => {
      const made = await provision();
      await bringUp(made);
      assert.equal((await bringUp(made)).step, 'creating_stream');
      sls.forgetStreams();
      assert.equal((await bringUp(made)).step, 'creating_stream');
      await ready(made);
      assert.deepEqual(sls.streams(), [OURS]);
    });

    it('replaces what an earlier session of ours left with the same token', async () => {
      sls.addStream({ ...OURS, description: 'telemy:test:ses_0' });
      await ready(await provision());
      assert.deepEqual(sls.streams(), [OURS]);
    });

    for (const description of ['telemy:other:ses_0', 'telemy:test-2:ses_0', 'by hand', '']) {
      it(`leaves stream ids alone that are described as "${description}", and gives the host up for this session`, async () => {
        const theirs = { publisher: 'live_else', player: 'play_abc', description };
        sls.addStream(theirs);
        const made = await provision();
        await bringUp(made);
        assert.equal((await bringUp(made)).state, 'terminated');
        assert.equal(await release(made), true);
        assert.deepEqual([sls.streams(), await taken()], [[theirs], 0]);
        assert.equal((await pool().row(host)).failures, 0);
      });
    }

    it('waits 20 s for a host that does not answer, then ends so that the launch goes on elsewhere', async () => {
      const made = await provision();
      await sls.goDown();
      assert.deepEqual(await bringUp(made), made);
      pool().clock.forward(19.999);
      assert.deepEqual(await bringUp(made), made);
      pool().clock.forward(0.001);
      assert.equal((await bringUp(made)).state, 'terminated');
      const second = await pool().startHost();
      const next = await provision({ token: 'ses_1:2' });
      assert.deepEqual(next.address, second.host.address);
      assert.equal((await bringUp(next)).step, 'starting_containers');
    });

    it('gives a host up at once that does not take our key, and has it checked', async () => {
      const strange = await pool().startHost({ region: 'eu-west-1' }, { apiKey: 'another-key' });
      const made = await provision({ region: 'eu-west-1' });
      await bringUp(made);
      assert.equal((await bringUp(made)).state, 'terminated');
      const { failures, checked_at } = await pool().row(strange.host);
      assert.deepEqual([failures, checked_at], [1, null]);
    });

    for (const rounds of [1, 2, 3]) {
      it(`stays ended when it was released after ${rounds} steps: bringing it up again makes nothing`, async () => {
        const made = await provision();
        for (let round = 0; round < rounds; round += 1) await bringUp(made);
        await release(made);
        assert.equal((await bringUp(made)).state, 'terminated');
        assert.deepEqual(sls.streams(), []);
      });
    }

    it('stays ended when it is released while its stream ids are being made, and the repair removes those', async () => {
      const made = await provision();
      await bringUp(made);
      sls.faults = [{ kind: 'slow', methods: ['POST'], delayMs: 100 }];
      const late = bringUp(made);
      await eventually(() => assert.equal(changes().length, 1));
      assert.equal(await release(made), true);
      assert.equal((await late).state, 'terminated');
      assert.deepEqual([(await pool().provider.describe(made))?.state, await taken()], ['terminated', 0]);
      assert.deepEqual(sls.streams(), [OURS]);
      await pool().provider.tidy(pool().tidyRequest());
      assert.deepEqual(sls.streams(), []);
    });
  });

  describe('that goes', () => {
    let made: InstanceDescription;
    beforeEach(async () => {
      made = await provision();
      await ready(made);
      sls.calls.length = 0;
    });

    it('takes its stream ids along, by the player key, and then gives its place back, once', async () => {
      for (let again = 0; again < 3; again += 1) assert.equal(await release(made), true);
      assert.deepEqual(changes(), ['DELETE /api/stream-ids/play_abc']);
      assert.deepEqual([sls.streams(), await taken()], [[], 0]);
    });

    it('gives its place back once though 20 ask for it at once', async () => {
      const other = await provision({ token: 'ses_2:1', sessionId: 'ses_2', streamToken: 'def' });
      await Promise.all(Array.from({ length: 20 }, () => release(made)));
      assert.equal(await taken(), 1);
      assert.equal(await release(other), true);
      assert.equal(await taken(), 0);
    });

    it('goes though its stream ids are gone already', async () => {
      sls.forgetStreams();
      assert.equal(await release(made), true);
      assert.equal(await taken(), 0);
    });

    for (const kind of ['lost', 'down', 'error', 'throttled', 'hang'] as const) {
      it(`keeps its place while its host answers the end with "${kind}", and gives it back later`, async () => {
        sls.faults = [{ kind, methods: ['DELETE'], count: 1 }];
        assert.equal(await release(made), false);
        assert.equal(await taken(), 1);
        assert.equal(await release(made), true);
        assert.deepEqual([sls.streams(), await taken()], [[], 0]);
      });
    }

    it('keeps its place at a host that is down, is over all the same, and goes when that is back', async () => {
      await sls.goDown();
      await pool().database('pool_hosts').where({ id: host.id }).update({ health: 'unhealthy' });
      assert.equal(await release(made), false);
      assert.equal((await pool().provider.describe(made))?.state, 'terminated');
      assert.deepEqual([await pool().provider.list('test'), await taken()], [[], 1]);
      await sls.comeUp();
      assert.equal(await release(made), true);
      assert.deepEqual([sls.streams(), await taken()], [[], 0]);
    });

    it('leaves the stream ids of everybody else', async () => {
      sls.addStream({ publisher: 'live_other', player: 'play_other' });
      await release(made);
      assert.deepEqual(
        sls.streams().map(({ player }) => player),
        ['play_other'],
      );
    });

    it('leaves stream ids that somebody else has made his in the meantime', async () => {
      sls.removeStream('play_abc');
      sls.addStream({ publisher: 'live_abc', player: 'play_abc', description: 'telemy:other:ses_9' });
      assert.equal(await release(made), true);
      assert.equal(sls.streams().length, 1);
    });

    it('lets nobody have its stream at that host before it is gone there', async () => {
      sls.faults = [{ kind: 'down', methods: ['DELETE'] }];
      assert.equal(await release(made), false);
      await assert.rejects(provision({ token: 'ses_2:1', sessionId: 'ses_2' }), /no host with room/);
      sls.faults = [];
      assert.equal(await release(made), true);
      await provision({ token: 'ses_2:1', sessionId: 'ses_2' });
    });
  });

  it('sends the key to the API alone, and writes neither it nor a stream key to the log', async () => {
    const faulty = (path: RegExp, method: string) => ({ kind: 'error' as const, methods: [method], path, count: 1 });
    sls.faults = [faulty(/^/, 'POST'), faulty(/^\/stats/, 'GET'), faulty(/^/, 'DELETE')];
    const made = await provision();
    await ready(made);
    assert.equal(await release(made), false);
    await release(made);
    assert.equal(pool().logLines.length, 3);
    const withKey = sls.calls.filter(({ headers }) => headers.authorization !== undefined);
    for (const { path, headers } of withKey) {
      assert.equal(headers.authorization, `Bearer ${POOL_KEY}`);
      assert.match(path, /^\/api\/stream-ids/);
    }
    assert.doesNotMatch(pool().logLines.join(''), new RegExp(`${POOL_KEY}|play_abc|live_abc`));
  });

  it('outlives its user: the place is still given back when the account is deleted', async () => {
    const { database, clock } = pool();
    const now = clock.now();
    const user = { id: 'usr_gone', email: 'gone@example.com', plan_tier: 'pro', plan_status: 'active' };
    await database('users').insert({
      ...user,
      display_name: '',
      plan_status_at: now,
      cycle_anchor_at: now,
      created_at: now,
      updated_at: now,
    });
    const made = await provision({ userId: 'usr_gone' });
    await ready(made);
    const owner = () => database('pool_assignments').where({ instance_id: made.instanceId }).first('user_id');
    assert.deepEqual(await owner(), { user_id: 'usr_gone' });
    await database('users').where({ id: 'usr_gone' }).delete();
    assert.deepEqual(await owner(), { user_id: null });
    assert.equal(await release(made), true);
    assert.deepEqual([sls.streams(), await taken()], [[], 0]);
  });
});
