import assert from 'node:assert/strict';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { plus } from '../support/relay-session.ts';
import { beginLaunch, type Launch } from './launch.ts';

describe('a launch that does not end well', () => {
  const lab = useRelayLab();
  let launch: Launch;

  beforeEach(async () => {
    launch = await beginLaunch(lab());
  });

  it('is given up when the instance vanishes for the third time', async () => {
    lab().provider.script.launch = 'vanishes';
    await launch.run();
    const { status, failure, stopCause, billedSeconds } = await launch.stored();
    assert.deepEqual(
      [status, failure?.code, stopCause, billedSeconds],
      ['stopped', 'instance_lost', 'instance_lost', 0],
    );
    assert.equal(launch.provisions().length, 3);
    await launch.takeDown();
  });

  for (const [provision, code] of [
    ['rejects', 'provision_failed'],
    ['has_no_room', 'capacity_unavailable'],
  ] as const) {
    it(`ends at once in ${code} when the provider ${provision.replaceAll('_', ' ')}`, async () => {
      lab().provider.script.provision = provision;
      await launch.run();
      const { status, failure, stopCause } = await launch.stored();
      assert.deepEqual([status, failure?.code, stopCause], ['stopped', code, code]);
      assert.match(String(failure?.message), /^[A-Z].*\.$/);
      assert.equal(launch.provisions().length, 1);
      const row = await lab().database('relay_instances').where({ session_id: launch.session.id }).first();
      assert.equal(row.state, 'terminated');
      await launch.takeDown();
    });
  }

  it('honours a stop that was wished for at the next step, without failure and without a bill', async () => {
    lab().provider.script.onDescribe = async () => {
      const step = launch.step();
      if (step === 'starting_docker') assert.equal((await launch.wishStop()).deferred, true);
    };
    await launch.run();
    const { status, failure, stopCause, provisionStep, billedSeconds } = await launch.stored();
    assert.deepEqual(
      { status, failure, stopCause, provisionStep, billedSeconds },
      {
        status: 'stopped',
        failure: null,
        stopCause: 'stop_requested',
        provisionStep: 'starting_docker',
        billedSeconds: 0,
      },
    );
    assert.deepEqual(await launch.transitions(), ['provisioning > stopped by stop_requested']);
    await launch.takeDown();
  });

  it('is not even begun when the stop was wished for before', async () => {
    await launch.wishStop();
    await launch.run();
    assert.equal((await launch.stored()).stopCause, 'stop_requested');
    assert.deepEqual(lab().provider.calls, []);
  });

  it('goes on when a new start of the connection takes the wish back', async () => {
    await launch.wishStop();
    assert.equal((await lab().start(launch.session.userId)).id, launch.session.id);
    await launch.run();
    assert.equal((await launch.stored()).status, 'active');
  });

  it('fails 180 s behind the start, at that very time, and its instance is taken down', async () => {
    lab().provider.script.launch = 'starting_docker';
    lab().provider.script.onDescribe = () => {
      if (lab().clock.now() < plus(launch.startedAt, 200)) lab().clock.forward(50);
    };
    await launch.run();
    const { status, failure, stoppedAt } = await launch.stored();
    assert.deepEqual([status, failure?.code, stoppedAt], ['stopped', 'provision_timeout', plus(launch.startedAt, 180)]);
    await launch.takeDown();
  });

  it('that is answered only behind its end has its instance taken down', async () => {
    const provision = lab().provider.provision;
    lab().provider.provision = (request, placement) => {
      lab().clock.forward(181);
      return provision(request, placement);
    };
    try {
      await launch.run();
    } finally {
      lab().provider.provision = provision;
    }
    assert.equal((await launch.stored()).failure?.code, 'provision_timeout');
    assert.equal(launch.made().length, 1);
    await launch.takeDown();
  });

  it('that is answered only when its take-down has given it up is taken down after all', async () => {
    const provision = lab().provider.provision;
    lab().provider.provision = async (request, placement) => {
      lab().clock.forward(181);
      await enforceDeadlines(lab().deps);
      await launch.takeDown();
      return provision(request, placement);
    };
    try {
      await launch.run();
    } finally {
      lab().provider.provision = provision;
    }
    assert.equal(launch.made().length, 1);
    await launch.takeDown();
  });
});
