import assert from 'node:assert/strict';
import {
  ABSENT,
  CLOUD_UP,
  createConnectingLab,
  createGraceLab,
  createLiveLab,
  createSceneLab,
  DEAD,
  HEALTHY,
} from './lab.ts';

describe('Timing of the scene engine', () => {
  it('failure: the first poll without bitrate is one, or as many as configured', () => {
    for (const failureHits of [1, 3]) {
      const lab = createLiveLab({ failureHits });
      lab.run((failureHits - 1) * 500, CLOUD_UP, DEAD);
      assert.deepEqual(lab.takeSwitches(), []);
      lab.tick(CLOUD_UP, DEAD);
      assert.deepEqual(lab.takeSwitches(), ['BRB']);
    }
  });

  it('failure: a bitrate up to the configured one is none', () => {
    const lab = createLiveLab({ failureKbps: 300 });
    lab.tick({ type: 'telemetry', state: 'fresh', bitrateKbps: 301 });
    assert.deepEqual(lab.takeSwitches(), []);
    lab.tick({ type: 'telemetry', state: 'fresh', bitrateKbps: 300 });
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('recovery: the third healthy poll is one, or the configured one', () => {
    for (const recoveryPolls of [3, 8]) {
      const lab = createGraceLab({ recoveryPolls });
      lab.run(10_000, CLOUD_UP, DEAD);
      lab.takeSwitches();
      lab.run((recoveryPolls - 1) * 500, CLOUD_UP, HEALTHY);
      assert.deepEqual(lab.takeSwitches(), []);
      lab.tick(CLOUD_UP, HEALTHY);
      assert.deepEqual(lab.takeSwitches(), ['Live', 'refresh']);
    }
  });

  for (const poll of [DEAD, ABSENT, { type: 'telemetry', state: 'stale' } as const]) {
    it(`recovery: counting begins again after ${JSON.stringify(poll)}`, () => {
      const lab = createGraceLab();
      lab.run(2_000, CLOUD_UP, DEAD);
      lab.takeSwitches();
      for (const next of [HEALTHY, HEALTHY, poll, HEALTHY, HEALTHY]) lab.tick(CLOUD_UP, next);
      assert.deepEqual(lab.takeSwitches(), []);
      lab.tick(CLOUD_UP, HEALTHY);
      assert.deepEqual(lab.takeSwitches(), ['Live', 'refresh']);
    });
  }

  it('grace: expires after 600 s, to the millisecond of the clock it is fed with', () => {
    const lab = createGraceLab();
    const began = lab.at;
    lab.at = began + 599_999;
    lab.feed(DEAD);
    assert.equal(lab.mode, 'IRL_GRACE');
    lab.at = began + 600_000;
    lab.feed(DEAD);
    assert.equal(lab.lastMove(), 'IRL_GRACE>STUDIO GRACE_EXPIRED');
    assert.equal(lab.events('grace_expired').length, 1);
    assert.deepEqual(lab.notices(), ['grace_expired']);
    lab.takeSwitches();
    lab.tick();
    assert.deepEqual(lab.takeSwitches(), ['Offline']);
  });

  it('grace: a signal that is back before the end, and still being debounced at it, is in time', () => {
    const lab = createGraceLab();
    lab.at += 599_900;
    lab.feed(HEALTHY);
    lab.tick(HEALTHY);
    assert.equal(lab.lastMove(), 'IRL_GRACE>IRL_ACTIVE SIGNAL_BACK');
  });

  it('grace: begins anew with the next loss, and runs on while OBS is away', () => {
    const lab = createGraceLab();
    lab.run(400_000, DEAD);
    lab.run(1_000, HEALTHY);
    lab.run(400_000, DEAD);
    assert.equal(lab.mode, 'IRL_GRACE');
    lab.tick({ type: 'obs_availability', available: false }, DEAD);
    lab.run(250_000, DEAD);
    lab.tick({ type: 'obs_availability', available: true }, { type: 'validation_probe', passed: true });
    lab.run(1_000, DEAD);
    assert.equal(lab.lastMove(), 'IRL_GRACE>STUDIO GRACE_EXPIRED');
  });

  it('connecting: times out after 180 s, with a notice', () => {
    const lab = createConnectingLab();
    const began = lab.at;
    lab.at = began + 179_999;
    lab.feed({ type: 'cloud', status: 'provisioning' });
    assert.equal(lab.mode, 'IRL_CONNECTING');
    lab.at = began + 180_000;
    lab.feed({ type: 'cloud', status: 'provisioning' });
    assert.equal(lab.lastMove(), 'IRL_CONNECTING>STUDIO TIMED_OUT');
    assert.deepEqual(lab.notices(), ['connecting_timeout']);
  });

  it('debounce: a reason that lasts less than 250 ms changes no mode, one that lasts does', () => {
    const lab = createLiveLab();
    lab.feed(ABSENT);
    lab.at += 249;
    lab.feed(ABSENT);
    lab.feed(HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    lab.feed(ABSENT);
    lab.at += 250;
    lab.feed(ABSENT);
    assert.equal(lab.mode, 'IRL_GRACE');
  });

  it('debounce: none for the changes that are critical', () => {
    const lab = createLiveLab({ debounceMs: 5_000 });
    lab.feed({ type: 'obs_availability', available: false });
    assert.equal(lab.mode, 'DEGRADED');
    lab.feed({ type: 'fault', kind: 'runtime', message: 'broken' });
    assert.equal(lab.mode, 'FATAL');
  });

  it('steps: one that is shown stays for 3 s; those that pass meanwhile are left out', () => {
    const lab = createConnectingLab();
    const began = lab.at;
    const step = (name: string) => ({ type: 'cloud', status: 'provisioning', step: name }) as const;
    lab.feed(step('launching'));
    lab.run(1_000, step('booting'));
    lab.run(1_500, step('starting'));
    lab.at = began + 2_999;
    lab.feed(step('starting'));
    lab.at = began + 3_000;
    lab.feed(step('starting'));
    lab.run(1_000, CLOUD_UP, HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE', 'nothing waits for the show');
    lab.run(3_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(
      lab.events('step_shown').map(({ step: name, at }) => [name, at - began]),
      [
        ['launching', 0],
        ['starting', 3_000],
        [null, 6_000],
      ],
    );
  });

  it('telemetry that is stale for longer than 10 s is lost', () => {
    const lab = createLiveLab();
    lab.run(10_000, CLOUD_UP, { type: 'telemetry', state: 'stale' });
    assert.equal(lab.mode, 'IRL_ACTIVE');
    lab.run(1_000, CLOUD_UP, { type: 'telemetry', state: 'stale' });
    assert.equal(lab.mode, 'IRL_GRACE');
  });

  it('a clock that is set back by an hour stops no timer', () => {
    const lab = createGraceLab();
    lab.run(300_000, DEAD);
    lab.at -= 3_600_000;
    lab.run(299_000, DEAD);
    assert.equal(lab.mode, 'IRL_GRACE');
    lab.run(2_000, DEAD);
    assert.equal(lab.mode, 'STUDIO');
  });

  it('inputs a little out of order, and one without a time, move the clock nowhere', () => {
    const lab = createSceneLab();
    for (const at of [1_001_000, 1_000_990, 1_001_000, 1_000_990, Number.NaN, 1_001_000]) {
      lab.at = at;
      lab.feed({ type: 'tick' });
    }
    assert.equal(lab.engine.snapshot().at, 1_001_000);
  });
});
