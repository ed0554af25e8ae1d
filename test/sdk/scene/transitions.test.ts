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

describe('Scene modes follow the inputs', () => {
  for (const [via, role] of [
    ['ui', 'user'],
    ['chat', 'admin'],
  ] as const) {
    it(`1: STUDIO becomes IRL_CONNECTING when a start by ${role} (${via}) was accepted, not before`, () => {
      const lab = createSceneLab();
      lab.tick({ type: 'irl_activate', via, role });
      lab.run(2_000);
      assert.equal(lab.mode, 'STUDIO');
      assert.deepEqual(lab.events('irl_requested').length, 1);
      lab.tick({ type: 'irl_start_result', accepted: true });
      lab.tick();
      assert.equal(lab.lastMove(), 'STUDIO>IRL_CONNECTING START_ACCEPTED');
    });
  }

  it('1: a viewer turns nothing on, and a start that nobody asked for is not one', () => {
    const lab = createSceneLab();
    lab.tick({ type: 'irl_activate', via: 'chat', role: 'viewer' });
    lab.tick({ type: 'irl_start_result', accepted: true });
    lab.run(2_000);
    assert.equal(lab.mode, 'STUDIO');
    assert.deepEqual(
      lab.events('guard_rejected').map(({ guard, subject }) => `${guard} ${subject}`),
      ['role irl_activate', 'mode irl_start_result'],
    );
  });

  it('1: a denied start stays in STUDIO, with a notice', () => {
    const lab = createSceneLab();
    lab.tick({ type: 'irl_activate', via: 'ui', role: 'user' });
    lab.tick({ type: 'irl_start_result', accepted: false, reason: 'time_bank_exhausted' });
    lab.run(2_000);
    assert.equal(lab.mode, 'STUDIO');
    assert.deepEqual(
      lab.events('irl_denied').map(({ reason }) => reason),
      ['time_bank_exhausted'],
    );
    assert.deepEqual(lab.notices(), ['irl_denied']);
  });

  it('2: IRL_CONNECTING becomes IRL_ACTIVE when the session is active and telemetry is connected, not with one alone', () => {
    for (const alone of [CLOUD_UP, HEALTHY]) {
      const half = createConnectingLab();
      half.run(5_000, alone);
      assert.equal(half.mode, 'IRL_CONNECTING');
    }
    const lab = createConnectingLab();
    lab.run(1_000, CLOUD_UP, HEALTHY);
    assert.equal(lab.lastMove(), 'IRL_CONNECTING>IRL_ACTIVE TELEMETRY_CONNECTED');
  });

  it('3: IRL_CONNECTING becomes STUDIO when the start is denied after all', () => {
    const lab = createConnectingLab();
    lab.tick({ type: 'irl_start_result', accepted: false, reason: 'capacity' });
    lab.tick();
    assert.equal(lab.lastMove(), 'IRL_CONNECTING>STUDIO DENIED');
  });

  it('3: IRL_CONNECTING becomes STUDIO when it is cancelled', () => {
    const lab = createConnectingLab();
    lab.tick({ type: 'irl_deactivate', via: 'ui', role: 'user' });
    lab.tick();
    assert.equal(lab.lastMove(), 'IRL_CONNECTING>STUDIO CANCELLED');
  });

  it('3: IRL_CONNECTING becomes STUDIO when the session is stopped', () => {
    const lab = createConnectingLab();
    lab.run(1_000, { type: 'cloud', status: 'stopped' });
    assert.equal(lab.lastMove(), 'IRL_CONNECTING>STUDIO SESSION_STOPPED');
    lab.run(5_000);
    assert.deepEqual(lab.takeSwitches(), [], 'what was never live does not end with OFFLINE');
  });

  it('4: IRL_ACTIVE becomes IRL_GRACE when telemetry is lost', () => {
    const lab = createLiveLab();
    lab.run(1_000, CLOUD_UP, ABSENT);
    assert.equal(lab.lastMove(), 'IRL_ACTIVE>IRL_GRACE TELEMETRY_LOST');
  });

  it('4: IRL_ACTIVE becomes IRL_GRACE when the polls cease altogether', () => {
    const lab = createLiveLab();
    lab.run(10_000, CLOUD_UP);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    lab.run(1_000, CLOUD_UP);
    assert.equal(lab.lastMove(), 'IRL_ACTIVE>IRL_GRACE TELEMETRY_LOST');
  });

  for (const [words, cloud] of [
    ['the session is in grace', { type: 'cloud', status: 'grace' }],
    ['ingest is inactive', { type: 'cloud', status: 'active', ingestActive: false }],
  ] as const) {
    it(`4: IRL_ACTIVE becomes IRL_GRACE when the control plane says that ${words}`, () => {
      const lab = createLiveLab();
      lab.run(1_000, cloud, HEALTHY);
      assert.equal(lab.lastMove(), 'IRL_ACTIVE>IRL_GRACE INGEST_INACTIVE');
    });
  }

  it('4: a flaky stats page at 0 kb/s does not put grace off', () => {
    const lab = createLiveLab();
    lab.tick(DEAD);
    lab.tick(ABSENT);
    lab.tick(DEAD);
    assert.equal(lab.lastMove(), 'IRL_ACTIVE>IRL_GRACE INGEST_INACTIVE');
  });

  it('4: a relay that was never fed is ready, not lost', () => {
    const lab = createConnectingLab();
    lab.run(60_000, { type: 'cloud', status: 'active', ingestActive: false }, DEAD);
    assert.equal(lab.mode, 'IRL_ACTIVE');
  });

  it('5: IRL_GRACE becomes IRL_ACTIVE when telemetry and ingest are back, not with one alone', () => {
    const lab = createGraceLab();
    lab.run(5_000, { type: 'cloud', status: 'active', ingestActive: false }, HEALTHY);
    lab.run(5_000, CLOUD_UP, ABSENT);
    assert.equal(lab.mode, 'IRL_GRACE');
    lab.run(1_000, CLOUD_UP, HEALTHY);
    assert.equal(lab.lastMove(), 'IRL_GRACE>IRL_ACTIVE SIGNAL_BACK');
  });

  it('6: IRL_GRACE becomes STUDIO when IRL is turned off, without waiting for the server', () => {
    const lab = createGraceLab();
    lab.tick({ type: 'irl_deactivate', via: 'chat', role: 'admin' });
    lab.tick();
    assert.equal(lab.lastMove(), 'IRL_GRACE>STUDIO IRL_OFF');
  });

  it('6: IRL_GRACE becomes STUDIO when the server ended the session first', () => {
    const lab = createGraceLab();
    lab.run(1_000, { type: 'cloud', status: 'none' });
    assert.equal(lab.lastMove(), 'IRL_GRACE>STUDIO SESSION_STOPPED');
  });

  it('7: IRL_ACTIVE becomes STUDIO when IRL is off and the stop acknowledged, not before', () => {
    const lab = createLiveLab();
    lab.tick({ type: 'irl_stop_acknowledged' }, HEALTHY);
    lab.tick({ type: 'irl_deactivate', via: 'ui', role: 'user' }, HEALTHY);
    lab.run(5_000, HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    lab.tick({ type: 'irl_stop_acknowledged' });
    lab.tick();
    assert.equal(lab.lastMove(), 'IRL_ACTIVE>STUDIO STOP_ACKNOWLEDGED');
  });

  it('7: IRL_ACTIVE becomes STUDIO when the session is stopped, and OFFLINE is shown', () => {
    const lab = createLiveLab();
    lab.run(2_000, { type: 'cloud', status: 'stopped' });
    assert.equal(lab.lastMove(), 'IRL_ACTIVE>STUDIO SESSION_STOPPED');
    assert.deepEqual(lab.takeSwitches(), ['Offline']);
  });
});
