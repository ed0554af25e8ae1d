import assert from 'node:assert/strict';
import {
  CLOUD_UP,
  createConnectingLab,
  createGraceLab,
  createLiveLab,
  createSceneLab,
  DEAD,
  HEALTHY,
  type SceneLab,
} from './lab.ts';

const OBS_GONE = { type: 'obs_availability', available: false } as const;
const OBS_BACK = { type: 'obs_availability', available: true } as const;
const PROBE = { type: 'validation_probe', passed: true } as const;
const LABS = {
  STUDIO: createSceneLab,
  IRL_CONNECTING: createConnectingLab,
  IRL_ACTIVE: createLiveLab,
  IRL_GRACE: createGraceLab,
};

describe('Scene modes in trouble', () => {
  for (const [mode, create] of Object.entries(LABS)) {
    it(`8: ${mode} becomes DEGRADED as soon as OBS can't be controlled`, () => {
      const lab: SceneLab = create();
      lab.feed(OBS_GONE);
      assert.equal(lab.lastMove(), `${mode}>DEGRADED OBS_UNAVAILABLE`);
    });

    it(`8: ${mode} becomes DEGRADED with the fifth protocol error in 10 s`, () => {
      const lab: SceneLab = create();
      for (const _ of [1, 2, 3, 4]) lab.feed({ type: 'protocol_error' });
      assert.equal(lab.mode, mode);
      lab.at += 9_999;
      lab.feed({ type: 'protocol_error' });
      assert.equal(lab.lastMove(), `${mode}>DEGRADED ERROR_STORM`);
    });

    it(`9: DEGRADED returns to ${mode} when OBS is back and a probe passed, not with one alone`, () => {
      const lab: SceneLab = create();
      const facts = mode === 'IRL_GRACE' ? [DEAD] : mode === 'IRL_ACTIVE' ? [HEALTHY] : [];
      lab.tick(OBS_GONE, ...facts);
      lab.tick(PROBE, ...facts);
      lab.tick(OBS_BACK, ...facts);
      lab.run(5_000, ...facts);
      assert.equal(lab.mode, 'DEGRADED');
      lab.tick({ type: 'validation_probe', passed: false }, ...facts);
      lab.run(1_000, ...facts);
      assert.equal(lab.mode, 'DEGRADED');
      lab.tick(PROBE, ...facts);
      lab.tick(...facts);
      assert.equal(lab.lastMove(), `DEGRADED>${mode} PROBE_PASSED`);
    });

    it(`10: ${mode} becomes FATAL at once with a fault, and only a reset leaves that`, () => {
      const lab: SceneLab = create();
      lab.feed({ type: 'fault', kind: 'auth', message: 'token refused' });
      assert.equal(lab.lastMove(), `${mode}>FATAL FAULT`);
      lab.tick(OBS_GONE, OBS_BACK, PROBE, CLOUD_UP, HEALTHY, { type: 'irl_activate', via: 'ui', role: 'user' });
      lab.run(700_000);
      assert.equal(lab.mode, 'FATAL');
      lab.feed({ type: 'operator_reset' });
      assert.equal(lab.lastMove(), 'FATAL>STUDIO RESET');
    });
  }

  it('8: five protocol errors in more than 10 s are no storm', () => {
    const lab = createSceneLab();
    for (const _ of [1, 2, 3, 4]) lab.feed({ type: 'protocol_error' });
    lab.at += 10_000;
    lab.feed({ type: 'protocol_error' });
    assert.equal(lab.mode, 'STUDIO');
  });

  it('9: a storm is over only when its errors are 10 s old, whatever the probe says', () => {
    const lab = createSceneLab();
    for (const _ of [1, 2, 3, 4, 5]) lab.feed({ type: 'protocol_error' });
    lab.tick(PROBE);
    lab.run(9_000);
    assert.equal(lab.mode, 'DEGRADED');
    lab.run(1_500);
    assert.equal(lab.mode, 'STUDIO');
  });

  it('10: DEGRADED becomes FATAL with a fault', () => {
    const lab = createLiveLab();
    lab.feed(OBS_GONE);
    lab.feed({ type: 'fault', kind: 'runtime', message: 'out of memory' });
    assert.equal(lab.lastMove(), 'DEGRADED>FATAL FAULT');
    assert.deepEqual(lab.notices(), ['obs_unavailable', 'fatal']);
  });

  it('a reset outside FATAL does nothing', () => {
    const lab = createLiveLab();
    lab.tick({ type: 'operator_reset' }, HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE');
  });

  it('a session that was stopped during DEGRADED ends once OBS is back', () => {
    const lab = createLiveLab();
    lab.tick(OBS_GONE);
    lab.tick({ type: 'cloud', status: 'stopped' });
    lab.tick(OBS_BACK, PROBE);
    lab.run(2_000);
    assert.equal(lab.lastMove(), 'IRL_ACTIVE>STUDIO SESSION_STOPPED');
    assert.deepEqual(lab.takeSwitches(), ['Offline']);
  });
});
