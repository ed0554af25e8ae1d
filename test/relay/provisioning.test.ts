import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import { beginLaunch, type Launch } from './launch.ts';

describe('a launch', () => {
  const lab = useRelayLab();
  let launch: Launch;

  beforeEach(async () => {
    launch = await beginLaunch(lab());
  });

  it('is asked for with the start of the session', () => {
    assert.deepEqual(lab().jobs, [{ name: 'relay-provision', sessionId: launch.session.id }]);
  });

  it('stores each step with the time at which it was reached, and ends in an active session', async () => {
    lab().provider.script.onDescribe = () => lab().clock.forward(2);
    await launch.run();
    const rows = await lab()
      .database('relay_provision_steps')
      .where({ session_id: launch.session.id })
      .orderBy(['reached_at', 'step']);
    assert.deepEqual(
      rows.map(({ attempt, step, reached_at }) => [attempt, step, (reached_at - launch.startedAt.getTime()) / 1000]),
      [
        [1, 'launching_instance', 0],
        [1, 'waiting_for_instance', 0],
        [1, 'starting_docker', 4],
        [1, 'starting_containers', 6],
        [1, 'creating_stream', 8],
        [1, 'ready', 10],
      ],
    );
    const { status, instanceId, publicIp, activatedAt, leaseExpiresAt } = await launch.stored();
    assert.deepEqual(
      { status, instanceId, publicIp, activatedAt, leaseExpiresAt },
      {
        status: 'active',
        instanceId: launch.made()[0],
        publicIp: lab().provider.instances.get(String(instanceId))?.description.address?.publicIp,
        activatedAt: plus(launch.startedAt, 10),
        leaseExpiresAt: plus(launch.startedAt, 310),
      },
    );
  });

  it('never stores a time before the one in front, though the clock of the next worker is behind', async () => {
    const { script } = lab().provider;
    const cut = new AbortController();
    let looks = 0;
    script.launch = 'starting_docker';
    script.onDescribe = () => {
      looks += 1;
      if (looks === 4) cut.abort(new Error('the worker ends'));
    };
    lab().clock.forward(10);
    await assert.rejects(launch.run(cut.signal));
    const { provisionStep, updatedAt } = await launch.stored();
    assert.equal(provisionStep, 'starting_docker');
    lab().clock.forward(-4);
    script.launch = 'becomes_ready';
    await launch.run();
    const rows: { step: string; reached_at: Date }[] = await lab()
      .database('relay_provision_steps')
      .where({ session_id: launch.session.id });
    for (const step of ['starting_containers', 'creating_stream', 'ready']) {
      assert.deepEqual(rows.find((row) => row.step === step)?.reached_at, updatedAt, step);
    }
    const { updatedAt: endedAt, activatedAt } = await launch.stored();
    assert.deepEqual([endedAt, activatedAt], [updatedAt, updatedAt]);
  });

  it('records its intent before it calls the provider', async () => {
    const provision = lab().provider.provision;
    let intents: unknown[] = [];
    lab().provider.provision = async (request, placement) => {
      intents = await lab()
        .database('relay_instances')
        .where({ session_id: launch.session.id })
        .select('provision_token', 'state');
      return provision(request, placement);
    };
    try {
      await launch.run();
    } finally {
      lab().provider.provision = provision;
    }
    assert.deepEqual(intents, [{ provision_token: `${launch.session.id}:1`, state: 'requested' }]);
  });

  it('tells the provider no secret but the key of this session', async () => {
    const provision = lab().provider.provision;
    let seen: object = {};
    lab().provider.provision = (request, placement) => {
      seen = request;
      return provision(request, placement);
    };
    try {
      await launch.run();
    } finally {
      lab().provider.provision = provision;
    }
    assert.deepEqual(seen, {
      token: `${launch.session.id}:1`,
      sessionId: launch.session.id,
      userId: launch.session.userId,
      deployment: 'lab',
      region: 'us-east-1',
      anyRegion: true,
      streamToken: launch.session.streamToken,
      relayKey: `key of ${launch.session.id}`,
      healthUrl: 'http://127.0.0.1:9/api/v1/relay/health',
      statsReader: null,
    });
  });

  it('is tried again with the same token while the provider fails for the moment', async () => {
    lab().provider.script.provision = 'fails';
    const running = launch.run();
    await eventually(() => assert.equal(launch.provisions().length, 2));
    lab().provider.script.provision = 'works';
    await running;
    assert.deepEqual(new Set(launch.provisions()), new Set([`provision ${launch.session.id}:1`]));
    assert.deepEqual([(await launch.stored()).status, launch.made().length], ['active', 1]);
  });

  it('makes one instance although the answer was lost', async () => {
    lab().provider.script.provision = 'loses_answer';
    const running = launch.run();
    await eventually(() => assert.equal(launch.provisions().length, 1));
    lab().provider.script.provision = 'works';
    await running;
    assert.deepEqual([(await launch.stored()).status, launch.made().length], ['active', 1]);
  });

  it('goes on from where a worker was cut off', async () => {
    const cut = new AbortController();
    lab().provider.script.onDescribe = () => {
      const step = launch.step();
      if (step === 'starting_containers') cut.abort(new Error('the worker ends'));
    };
    await assert.rejects(launch.run(cut.signal));
    assert.equal((await launch.stored()).status, 'provisioning');
    await launch.run();
    assert.deepEqual([(await launch.stored()).status, launch.made().length], ['active', 1]);
    assert.deepEqual(await launch.transitions(), ['provisioning > active by provisioned']);
  });

  it('is done once although two workers are at it', async () => {
    await Promise.all([launch.run(), launch.run()]);
    assert.deepEqual([(await launch.stored()).status, launch.made().length], ['active', 1]);
    assert.deepEqual(await launch.transitions(), ['provisioning > active by provisioned']);
  });

  it('does nothing for a session that is active already', async () => {
    await launch.run();
    lab().provider.calls.length = 0;
    await launch.run();
    assert.deepEqual(lab().provider.calls, []);
  });

  it('has a second attempt with a token of its own when the instance vanishes', async () => {
    lab().provider.script.launch = 'vanishes';
    lab().provider.script.onDescribe = () => {
      if (launch.made().length === 2) lab().provider.script.launch = 'becomes_ready';
    };
    await launch.run();
    const { status, instanceId, provisionAttempt } = await launch.stored();
    assert.deepEqual([status, provisionAttempt, instanceId], ['active', 2, launch.made()[1]]);
    assert.deepEqual(launch.provisions(), [`provision ${launch.session.id}:1`, `provision ${launch.session.id}:2`]);
    const steps = await lab().database('relay_provision_steps').where({ session_id: launch.session.id, attempt: 2 });
    assert.equal(steps.length, 6);
  });
});
