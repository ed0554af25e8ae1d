import assert from 'node:assert/strict';
import { ABSENT, CLOUD_UP, createLiveLab, createSceneLab, DEAD, HEALTHY } from './lab.ts';

const ACTIVE = { type: 'startup', status: 'active' } as const;
const GRACE = { type: 'startup', status: 'grace' } as const;
const UNREACHABLE = { type: 'startup', status: 'unreachable' } as const;

function reconnects(lab: ReturnType<typeof createSceneLab>): string[] {
  return lab.events('reconnect').map(({ outcome }) => outcome);
}

describe('The start of the scene engine', () => {
  it('restores IRL_ACTIVE if there is a session and telemetry answers', () => {
    const lab = createSceneLab();
    lab.feed(HEALTHY);
    lab.feed(ACTIVE);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    assert.deepEqual(reconnects(lab), ['restored_active']);
    assert.deepEqual(lab.events('transition'), [], 'found, not moved');
  });

  it('restores IRL_GRACE if telemetry does not answer, and goes on when it does', () => {
    const lab = createSceneLab();
    lab.feed(ABSENT);
    lab.feed(ACTIVE);
    assert.equal(lab.mode, 'IRL_GRACE');
    assert.deepEqual(reconnects(lab), ['restored_grace']);
    assert.equal(lab.events('grace_started').length, 1);
    lab.run(1_000, CLOUD_UP, HEALTHY);
    assert.equal(lab.lastMove(), 'IRL_GRACE>IRL_ACTIVE SIGNAL_BACK');
  });

  it('gives a grace that began before the start only what is left of it', () => {
    const lab = createSceneLab();
    lab.feed(ABSENT);
    lab.feed({ ...GRACE, graceSince: lab.at - 590_000 });
    assert.equal(lab.mode, 'IRL_GRACE');
    lab.at += 10_000;
    lab.feed({ type: 'cloud', status: 'grace' });
    assert.equal(lab.lastMove(), 'IRL_GRACE>STUDIO GRACE_EXPIRED');
  });

  it('stays in STUDIO when the window of the grace is over', () => {
    const lab = createSceneLab();
    lab.feed({ ...GRACE, graceSince: lab.at - 600_000 });
    assert.equal(lab.mode, 'STUDIO');
    assert.deepEqual(reconnects(lab), ['window_over']);
  });

  it('stays in STUDIO when there is nothing to restore', () => {
    for (const status of ['none', 'stopped'] as const) {
      const lab = createSceneLab();
      lab.feed(HEALTHY);
      lab.feed({ type: 'startup', status });
      assert.equal(lab.mode, 'STUDIO');
      assert.deepEqual(reconnects(lab), ['nothing_to_restore']);
    }
  });

  it('waits on for a relay that is coming up', () => {
    const lab = createSceneLab();
    lab.feed({ type: 'startup', status: 'provisioning', step: 'booting' });
    assert.equal(lab.mode, 'IRL_CONNECTING');
    assert.deepEqual(reconnects(lab), ['restored_connecting']);
    assert.deepEqual(
      lab.events('step_shown').map(({ step }) => step),
      ['booting'],
    );
  });

  it('without the control plane stays in STUDIO and denies a new IRL with a notice', () => {
    const lab = createSceneLab();
    lab.feed(UNREACHABLE);
    assert.equal(lab.mode, 'STUDIO');
    assert.deepEqual(lab.notices(), ['backend_unreachable']);
    lab.tick({ type: 'irl_activate', via: 'ui', role: 'user' });
    assert.deepEqual(lab.events('irl_requested'), []);
    assert.equal(lab.events('guard_rejected').at(-1)?.guard, 'backend_unreachable');
    assert.deepEqual(lab.notices(), ['backend_unreachable', 'backend_unreachable']);
  });

  it('tells once of a control plane that stays unreachable, not at each look', () => {
    const lab = createSceneLab();
    for (const _ of [1, 2, 3]) lab.feed(UNREACHABLE);
    assert.deepEqual(lab.notices(), ['backend_unreachable']);
    assert.deepEqual(reconnects(lab), ['backend_unreachable']);
    lab.feed({ type: 'startup', status: 'none' });
    lab.feed(UNREACHABLE);
    assert.equal(lab.notices().length, 2, 'it was reachable in between');
  });

  it('restores once the control plane answers after all', () => {
    const lab = createSceneLab();
    lab.feed(UNREACHABLE);
    lab.tick(HEALTHY);
    lab.feed(ACTIVE);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    assert.deepEqual(reconnects(lab), ['backend_unreachable', 'restored_active']);
  });

  it('a running relay goes on, and is switched by, while the control plane is unreachable', () => {
    const lab = createLiveLab();
    lab.run(600_000, { type: 'cloud', status: 'unreachable' }, HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    lab.run(3_000, { type: 'cloud', status: 'unreachable' }, DEAD);
    lab.run(3_000, { type: 'cloud', status: 'unreachable' }, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'Live', 'refresh']);
  });

  it('restores behind an OBS that is not there yet', () => {
    const lab = createSceneLab();
    lab.feed({ type: 'obs_availability', available: false });
    lab.feed(HEALTHY);
    lab.feed(ACTIVE);
    assert.equal(lab.mode, 'DEGRADED');
    lab.tick({ type: 'obs_availability', available: true }, { type: 'validation_probe', passed: true }, HEALTHY);
    lab.tick(HEALTHY);
    assert.equal(lab.lastMove(), 'DEGRADED>IRL_ACTIVE PROBE_PASSED');
  });

  it('restores nothing twice, and nothing over what has begun meanwhile', () => {
    const twice = createSceneLab();
    twice.feed({ type: 'startup', status: 'none' });
    twice.feed(HEALTHY);
    twice.feed(ACTIVE);
    assert.equal(twice.mode, 'STUDIO');
    const begun = createLiveLab();
    begun.feed({ type: 'startup', status: 'provisioning' });
    assert.equal(begun.mode, 'IRL_ACTIVE');
    assert.deepEqual(begun.events('reconnect'), []);
  });

  it('after the reset of a fault a running session is found again', () => {
    const lab = createLiveLab();
    lab.feed({ type: 'fault', kind: 'auth', message: 'token refused' });
    lab.feed({ type: 'operator_reset' });
    lab.feed(HEALTHY);
    lab.feed(ACTIVE);
    assert.equal(lab.mode, 'IRL_ACTIVE');
  });
});
