import assert from 'node:assert/strict';
import { ABSENT, CLOUD_UP, createConnectingLab, createGraceLab, createLiveLab, DEAD, HEALTHY } from './lab.ts';

const PRIVATE = { privacyScenes: ['Privacy'] };

describe('What users of scene switchers complain about', () => {
  it('an unreachable stats page is not counted as offline, however long', () => {
    const lab = createLiveLab();
    lab.run(700_000, CLOUD_UP, ABSENT);
    assert.deepEqual(lab.takeSwitches(), []);
    const intents = new Set(
      lab
        .events('decision')
        .slice(-1400)
        .map(({ intent }) => intent),
    );
    assert.deepEqual([...intents], ['HOLD']);
  });

  it('an unreachable stats page is not counted as offline when the control plane is unreachable too', () => {
    const lab = createLiveLab();
    lab.run(700_000, { type: 'cloud', status: 'unreachable' }, ABSENT);
    assert.deepEqual(lab.takeSwitches(), []);
  });

  it('a torn stats page is not counted as offline', () => {
    const lab = createLiveLab();
    lab.run(8_000, CLOUD_UP, { type: 'telemetry', state: 'stale' });
    for (const bitrateKbps of [Number.NaN, -1, null, undefined, '0']) {
      lab.tick({ type: 'telemetry', state: 'fresh', bitrateKbps: bitrateKbps as number });
    }
    assert.deepEqual(lab.takeSwitches(), []);
  });

  it('a signal at 0 kb/s does not stick on LIVE: one poll shows BRB, whatever the control plane says', () => {
    const lab = createLiveLab();
    lab.tick(CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('a signal at 0 kb/s does not stick on LIVE because polls fail in between', () => {
    const lab = createLiveLab({ failureHits: 3 });
    for (const poll of [DEAD, ABSENT, DEAD, { type: 'telemetry', state: 'stale' } as const]) lab.tick(CLOUD_UP, poll);
    assert.deepEqual(lab.takeSwitches(), []);
    lab.tick(CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('a weak signal does not make LIVE and BRB flap: a recovery takes three healthy polls in a row', () => {
    const lab = createLiveLab();
    for (let round = 0; round < 100; round += 1) {
      lab.tick(CLOUD_UP, DEAD);
      lab.run(1_000, CLOUD_UP, HEALTHY);
    }
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('polls faster than configured do not shorten the recovery', () => {
    const lab = createGraceLab();
    lab.takeSwitches();
    for (let polls = 0; polls < 9; polls += 1) {
      lab.at += 100;
      lab.feed(HEALTHY);
      lab.feed({ type: 'tick' });
    }
    assert.deepEqual(lab.takeSwitches(), []);
  });

  for (const scene of ['Chat', 'BRB', 'Offline']) {
    it(`nobody is forced back to LIVE after a manual switch to ${scene}`, () => {
      const lab = createLiveLab();
      lab.show(scene);
      lab.run(60_000, CLOUD_UP, HEALTHY);
      lab.run(5_000, CLOUD_UP, DEAD);
      lab.run(60_000, CLOUD_UP, HEALTHY);
      assert.deepEqual(lab.takeSwitches(), ['refresh']);
      assert.equal(lab.scene, scene);
    });
  }

  it('nobody is forced to BRB after a manual switch to LIVE without a signal; once it is back the engine goes on', () => {
    const lab = createGraceLab();
    lab.takeSwitches();
    lab.show('Live');
    lab.run(30_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), []);
    lab.run(5_000, CLOUD_UP, HEALTHY);
    lab.run(5_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['refresh', 'BRB']);
  });

  it('who goes back by hand to what the engine would show, or gives the scenes back, has it work again', () => {
    const byHand = createLiveLab();
    byHand.show('Chat');
    byHand.tick(HEALTHY);
    byHand.show('Live');
    const given = createLiveLab();
    given.show('Chat');
    given.tick(HEALTHY, { type: 'release_override' });
    assert.deepEqual(given.takeSwitches(), ['Live', 'refresh']);
    for (const lab of [byHand, given]) {
      lab.run(3_000, CLOUD_UP, DEAD);
      assert.deepEqual(lab.takeSwitches(), ['BRB']);
    }
  });

  it('a manual switch made while OBS could not be heard holds as well', () => {
    const lab = createLiveLab();
    lab.tick({ type: 'obs_availability', available: false }, HEALTHY);
    lab.feed({ type: 'obs_availability', available: true });
    lab.feed({ type: 'obs_scene', scene: 'Chat', reason: 'initial' });
    lab.run(2_000, { type: 'validation_probe', passed: true }, CLOUD_UP, HEALTHY);
    lab.run(5_000, CLOUD_UP, DEAD);
    assert.equal(lab.mode, 'IRL_GRACE');
    assert.deepEqual(lab.takeSwitches(), []);
  });

  it("a manual switch that comes between the engine's switch and OBS's word of it holds", () => {
    const lab = createLiveLab();
    lab.echo = false;
    lab.tick(CLOUD_UP, DEAD);
    lab.show('Chat');
    lab.show('BRB');
    lab.run(30_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'refresh']);
  });

  it('a privacy scene is held through failure, recovery, end and new start, and against mods', () => {
    const lab = createLiveLab({ ...PRIVATE, manualOverrideMs: 1_000 });
    lab.show('Privacy');
    lab.run(10_000, CLOUD_UP, DEAD);
    lab.run(10_000, CLOUD_UP, HEALTHY);
    lab.command('!live', 'mod');
    lab.run(5_000, { type: 'cloud', status: 'stopped' });
    lab.tick({ type: 'irl_activate', via: 'ui', role: 'user' });
    lab.tick({ type: 'irl_start_result', accepted: true });
    lab.run(10_000, CLOUD_UP, HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    assert.deepEqual(lab.takeSwitches(), ['refresh', 'refresh']);
    assert.deepEqual(lab.notices(), ['command_refused']);
    lab.command('!live', 'admin');
    assert.deepEqual(lab.takeSwitches(), ['Live']);
  });

  it('a privacy scene is held when it was there before the engine, and when a mod asked for it', () => {
    const before = createConnectingLab(PRIVATE);
    before.feed({ type: 'obs_scene', scene: 'Privacy', reason: 'initial' });
    const asked = createLiveLab(PRIVATE);
    asked.command('!switch Privacy');
    asked.takeSwitches();
    for (const lab of [before, asked]) {
      lab.run(10_000, CLOUD_UP, HEALTHY);
      lab.run(10_000, CLOUD_UP, DEAD);
      assert.ok(!lab.takeSwitches().some((scene) => scene !== 'refresh'));
    }
  });

  it('a privacy scene left by hand is no longer held', () => {
    const lab = createLiveLab(PRIVATE);
    lab.show('Privacy');
    lab.tick(CLOUD_UP, HEALTHY);
    lab.show('Live');
    lab.run(2_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('the media source is restarted with each recovery, after the switch to LIVE: the first, the second, the third', () => {
    const lab = createLiveLab();
    for (const _ of [1, 2, 3]) {
      lab.run(3_000, CLOUD_UP, DEAD);
      lab.run(3_000, CLOUD_UP, HEALTHY);
      assert.deepEqual(lab.takeSwitches(), ['BRB', 'Live', 'refresh']);
    }
  });

  it('the media source is restarted after a recovery that came while OBS was away, once it is back', () => {
    const lab = createGraceLab();
    lab.show('Live');
    lab.run(1_000, CLOUD_UP, HEALTHY);
    assert.equal(lab.mode, 'IRL_ACTIVE');
    lab.takeSwitches();
    lab.feed({ type: 'obs_availability', available: false });
    lab.run(5_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), []);
    lab.tick({ type: 'obs_availability', available: true }, { type: 'validation_probe', passed: true }, HEALTHY);
    lab.run(1_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), ['refresh']);
  });

  it('the media source is restarted after a loss that only the control plane saw', () => {
    const lab = createLiveLab();
    lab.run(3_000, { type: 'cloud', status: 'grace' }, HEALTHY);
    lab.run(3_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'Live', 'refresh']);
  });
});
