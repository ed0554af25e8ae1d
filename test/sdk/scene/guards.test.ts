import assert from 'node:assert/strict';
import { CLOUD_UP, createGraceLab, createLiveLab, createSceneLab, DEAD, HEALTHY, type SceneLab } from './lab.ts';

function lastRejection(lab: SceneLab): string {
  const event = lab.events('guard_rejected').at(-1);
  return event ? `${event.guard} ${event.subject}` : '';
}

describe('Guards of scene switches', () => {
  it('nothing is emitted for a scene that is shown already', () => {
    const lab = createLiveLab();
    lab.run(10_000, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), []);
    assert.equal(lab.events('decision').at(-1)?.emitted, false);
    assert.deepEqual(lab.events('guard_rejected'), []);
  });

  it('a switch that OBS has not told of yet is not asked for twice', () => {
    const lab = createLiveLab();
    lab.echo = false;
    lab.run(4_500, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('a switch that OBS never tells of is asked for again after 5 s', () => {
    const lab = createLiveLab();
    lab.echo = false;
    lab.run(5_500, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'BRB']);
  });

  it('a manual switch blocks what the engine wants', () => {
    const lab = createLiveLab();
    lab.show('Chat');
    lab.tick(CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), []);
    assert.equal(lastRejection(lab), 'manual_override BRB');
    const decision = lab.events('decision').at(-1);
    assert.equal(lab.events('guard_rejected').at(-1)?.requestId, decision?.requestId);
  });

  it('DEGRADED blocks what the engine wants, and it is done once OBS is back', () => {
    const lab = createLiveLab();
    lab.tick({ type: 'obs_availability', available: false }, HEALTHY);
    lab.run(3_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), []);
    assert.equal(lastRejection(lab), 'obs_unstable BRB');
    lab.tick({ type: 'obs_availability', available: true }, { type: 'validation_probe', passed: true }, DEAD);
    lab.run(1_000, CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('FATAL blocks commands', () => {
    const lab = createLiveLab();
    lab.tick({ type: 'fault', kind: 'configuration', message: 'no scenes' });
    lab.command('!brb');
    assert.deepEqual(lab.takeSwitches(), []);
    assert.equal(lastRejection(lab), 'fatal command BRB');
  });

  it('after a switch of its own the engine makes the next one 1.5 s later at the earliest', () => {
    const lab = createGraceLab();
    lab.run(1_500, CLOUD_UP, HEALTHY);
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'Live', 'refresh']);
    lab.tick(CLOUD_UP, DEAD);
    assert.equal(lastRejection(lab), 'cooldown BRB');
    lab.tick(CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), []);
    lab.tick(CLOUD_UP, DEAD);
    assert.deepEqual(lab.takeSwitches(), ['BRB']);
  });

  it('the cooldown of switches does not keep a command waiting', () => {
    const lab = createLiveLab();
    lab.tick(CLOUD_UP, DEAD);
    lab.command('!offline');
    assert.deepEqual(lab.takeSwitches(), ['BRB', 'Offline']);
  });

  it('a manual hold ends by itself only where the configuration says when', () => {
    for (const [manualOverrideMs, expected] of [
      [0, []],
      [60_000, ['BRB']],
    ] as const) {
      const lab = createLiveLab({ manualOverrideMs });
      lab.show('Chat');
      lab.run(61_000, CLOUD_UP, DEAD);
      assert.deepEqual(lab.takeSwitches(), expected);
    }
  });

  it('at home the engine leaves scenes alone', () => {
    const lab = createSceneLab();
    lab.show('Game');
    lab.run(10_000, HEALTHY);
    lab.run(10_000, DEAD);
    assert.deepEqual(lab.takeSwitches(), []);
    assert.deepEqual(lab.events('override_started'), []);
  });
});
