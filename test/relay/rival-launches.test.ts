import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { beginLaunch, type Launch } from './launch.ts';

describe('a launch with two workers on it, one of which lags behind', () => {
  const lab = useRelayLab();
  let launch: Launch;

  beforeEach(async () => {
    launch = await beginLaunch(lab());
  });

  const openRows = () =>
    lab().database('relay_instances').where({ session_id: launch.session.id }).orderBy('attempt').select('attempt');

  /** The instance that was made first, second … */
  const made = (number: number) => String(launch.made()[number - 1]);

  /** Holds each look at the instance with this number until `open`; `waiting` tells how many are held. */
  function holdLooks(number: number) {
    const gate = Promise.withResolvers<void>();
    const hold = { waiting: 0, open: () => gate.resolve() };
    const before = lab().provider.script.onDescribe;
    lab().provider.script.onDescribe = async (id) => {
      await before(id);
      if (id !== made(number)) return;
      hold.waiting += 1;
      await gate.promise;
    };
    return hold;
  }

  it('starts over once when both see that the instance vanished', async () => {
    const first = holdLooks(1);
    const second = holdLooks(2);
    const late = launch.run();
    await eventually(() => assert.equal(first.waiting, 1));
    lab().provider.lose(made(1));
    // This one finds the loss with its first call, and has begun the second attempt when the other one wakes.
    const quick = launch.run();
    await eventually(() => assert.equal(second.waiting, 1));
    first.open();
    await eventually(() => assert.equal(second.waiting === 2 || launch.made().length > 2, true));
    second.open();
    await Promise.all([late, quick]);
    assert.equal(launch.made().length, 2);
    assert.deepEqual(lab().provider.running(), [made(2)]);
    assert.deepEqual(await openRows(), [{ attempt: 1 }, { attempt: 2 }]);
    const { status, provisionAttempt, instanceId } = await launch.stored();
    assert.deepEqual([status, provisionAttempt, instanceId], ['active', 2, made(2)]);
  });

  it('keeps the instance of the present attempt when an earlier one is answered late', async () => {
    const second = holdLooks(2);
    const answer = Promise.withResolvers<void>();
    const { provision } = lab().provider;
    let calls = 0;
    lab().provider.provision = async (request, placement) => {
      const instance = await provision(request, placement);
      calls += 1;
      if (calls === 1) await answer.promise;
      return instance;
    };
    try {
      const late = launch.run();
      await eventually(() => assert.equal(calls, 1));
      lab().provider.lose(made(1));
      const quick = launch.run();
      await eventually(() => assert.equal(second.waiting, 1));
      answer.resolve();
      // The late one comes to look at the present attempt's instance, or has it replaced by its own.
      const isThrough = async () => second.waiting === 2 || (await launch.stored()).instanceId !== made(2);
      await eventually(async () => assert.equal(await isThrough(), true));
      assert.equal((await launch.stored()).instanceId, made(2));
      second.open();
      await Promise.all([late, quick]);
    } finally {
      lab().provider.provision = provision;
    }
    assert.deepEqual(lab().provider.running(), [made(2)]);
    assert.equal((await launch.stored()).instanceId, made(2));
  });

  it('is not ended by what the provider says of an earlier attempt', async () => {
    const second = holdLooks(2);
    const answer = Promise.withResolvers<void>();
    const { provision } = lab().provider;
    let refused = false;
    lab().provider.provision = async (request, placement) => {
      if (!refused) {
        refused = true;
        await answer.promise;
        lab().provider.script.provision = 'rejects';
        return provision(request, placement).finally(() => {
          lab().provider.script.provision = 'works';
        });
      }
      return provision(request, placement);
    };
    try {
      const late = launch.run();
      await eventually(() => assert.equal(refused, true));
      const first = holdLooks(1);
      const quick = launch.run();
      await eventually(() => assert.equal(first.waiting, 1));
      lab().provider.lose(made(1));
      first.open();
      await eventually(() => assert.equal(second.waiting, 1));
      answer.resolve();
      const isThrough = async () => second.waiting === 2 || (await launch.stored()).status !== 'provisioning';
      await eventually(async () => assert.equal(await isThrough(), true));
      second.open();
      await Promise.all([late, quick]);
    } finally {
      lab().provider.provision = provision;
    }
    const { status, instanceId } = await launch.stored();
    assert.deepEqual([status, instanceId], ['active', made(2)]);
  });
});
