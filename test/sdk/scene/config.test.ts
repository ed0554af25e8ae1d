import assert from 'node:assert/strict';
import { findConfigFaults, resolveSceneConfig, SceneConfigError } from '../../../src/sdk/scene/config.ts';
import { createSceneEngine } from '../../../src/sdk/scene/engine.ts';

/** Default, least and most of each number, as documented. */
const BOUNDS = {
  pollMs: [500, 100, 5_000],
  failureHits: [1, 1, 20],
  failureKbps: [0, 0, 10_000],
  recoveryPolls: [3, 1, 60],
  graceMs: [600_000, 10_000, 3_600_000],
  connectingTimeoutMs: [180_000, 10_000, 900_000],
  debounceMs: [250, 0, 5_000],
  stepMinMs: [3_000, 0, 30_000],
  staleLimitMs: [10_000, 1_000, 120_000],
  switchCooldownMs: [1_500, 0, 60_000],
  commandCooldownMs: [3_000, 0, 300_000],
  manualOverrideMs: [0, 0, 86_400_000],
  confirmMs: [5_000, 1_000, 60_000],
  errorStormCount: [5, 2, 100],
  errorStormWindowMs: [10_000, 1_000, 120_000],
} as const;

describe('The scene configuration', () => {
  for (const [key, [normal, least, most]] of Object.entries(BOUNDS)) {
    it(`${key} is ${normal}, and may be from ${least} to ${most}`, () => {
      assert.equal(resolveSceneConfig()[key as keyof typeof BOUNDS], normal);
      for (const value of [least, most]) assert.deepEqual(findConfigFaults({ [key]: value }), []);
      for (const value of [least - 1, most + 1, least + 0.5, Number.NaN, '500', null]) {
        const faults = findConfigFaults({ [key]: value as number });
        assert.deepEqual(faults, [`${key}: must be a whole number from ${least} to ${most}`]);
      }
    });
  }

  it('has no setting that this test does not know', () => {
    const known = [...Object.keys(BOUNDS), 'scenes', 'privacyScenes'];
    assert.deepEqual(Object.keys(resolveSceneConfig()).sort(), known.sort());
  });

  it('all faults are told at once', () => {
    const wrong = {
      pollMs: 1,
      graceMS: 5,
      toString: 1,
      scenes: { LIVE: 'A', BRB: 'A', OFFLINE: 'B' },
      privacyScenes: [''],
    } as object;
    assert.throws(
      () => createSceneEngine({ config: wrong }),
      (error) => {
        assert.ok(error instanceof SceneConfigError);
        assert.deepEqual(error.faults, [
          'pollMs: must be a whole number from 100 to 5000',
          'graceMS: there is no such setting',
          'toString: there is no such setting',
          'scenes: LIVE, BRB and OFFLINE must be different scenes',
          'privacyScenes: must be a list of names',
        ]);
        return true;
      },
    );
  });

  for (const scenes of [null, {}, { LIVE: 'A', BRB: 'B' }, { LIVE: 'A', BRB: 'B', OFFLINE: ' ' }]) {
    it(`scenes ${JSON.stringify(scenes)} are refused`, () => {
      assert.deepEqual(findConfigFaults({ scenes: scenes as never }), [
        'scenes: LIVE, BRB and OFFLINE must each have a name',
      ]);
    });
  }

  it('what is given stands beside the defaults', () => {
    const config = resolveSceneConfig({ graceMs: 20_000, scenes: { LIVE: 'a', BRB: 'b', OFFLINE: 'c' } });
    assert.deepEqual([config.graceMs, config.pollMs, config.scenes.BRB], [20_000, 500, 'b']);
  });
});
