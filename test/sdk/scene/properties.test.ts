import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSceneEngine, type SceneEngine } from '../../../src/sdk/scene/engine.ts';
import type { SceneFact } from '../../../src/sdk/scene/inputs.ts';
import { recordScene, replay } from '../../../src/sdk/scene/record.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../../support/property.ts';
import { passing, someFact } from './facts.ts';
import { createSceneModel, judge, noteFact, type SceneModel } from './model.ts';

interface Real {
  engine: SceneEngine;
  at: number;
}

/** Time passes, something is told, and OBS does what it is told, if it hears. */
class Tell implements fc.Command<SceneModel, Real> {
  readonly ms: number;
  readonly fact: SceneFact;
  readonly heard: boolean;

  constructor(ms: number, fact: SceneFact, heard: boolean) {
    this.ms = ms;
    this.fact = fact;
    this.heard = heard;
  }

  check(): boolean {
    return true;
  }

  run(model: SceneModel, real: Real): void {
    real.at += this.ms;
    const { effects } = tell(model, real, this.fact);
    for (const effect of effects) {
      if (effect.type !== 'switch_scene' || !this.heard) continue;
      tell(model, real, { type: 'obs_scene', scene: effect.scene ?? '', reason: 'changed' });
    }
  }

  toString(): string {
    return `+${this.ms} ms ${JSON.stringify(this.fact)}${this.heard ? '' : ' (OBS is deaf)'}`;
  }
}

function tell(model: SceneModel, { engine, at }: Real, fact: SceneFact) {
  noteFact(model, fact);
  const outcome = engine.feed({ ...fact, at });
  const now = engine.snapshot();
  judge(model, fact, { outcome, at: now.at });
  assert.equal(now.mode, model.mode);
  return outcome;
}

const someTell = fc
  .tuple(passing, someFact, fc.constantFrom(true, true, true, true, false))
  .map(([ms, fact, heard]) => new Tell(ms, fact, heard));

describe('The scene engine, whatever it is told', function () {
  this.timeout(PROPERTY_LIMIT_MS);

  it('moves by its table only, decides once a tick, emits nothing in trouble, does not flap, holds privacy', async () => {
    const seen = new Set<string>();
    const property = fc.property(fc.commands([someTell], { maxCommands: 300, size: 'max' }), (commands) => {
      const model = { ...createSceneModel(), seen };
      const engine = createSceneEngine({ config: { privacyScenes: ['Privacy'], commandCooldownMs: 0 } });
      fc.modelRun(() => ({ model, real: { engine, at: 1_000_000 } }), commands);
    });
    await checkProperty(property, { runs: 400 });
    // Samples that never get anywhere would prove nothing.
    for (const needed of ['IRL_GRACE>IRL_ACTIVE', 'DEGRADED>IRL_ACTIVE', 'rule 1', 'rule 2', 'rule 3', 'rule 4']) {
      assert.ok(seen.has(needed), `${needed} was among the samples`);
    }
  });

  it('gives the same outcomes again for a recorded log', async () => {
    const told = fc.array(fc.tuple(passing, someFact), { maxLength: 200, size: 'max' });
    const property = fc.property(told, fc.integer({ min: 1, max: 4 }), (facts, failureHits) => {
      const lines: string[] = [];
      const engine = recordScene(createSceneEngine({ config: { failureHits } }), (line) => lines.push(line));
      let at = 1_000_000;
      const outcomes = facts.map(([ms, fact]) => {
        at += ms;
        return engine.feed({ ...fact, at });
      });
      assert.deepEqual(replay(lines), { outcomes, state: engine.snapshot(), counters: engine.counters() });
    });
    await checkProperty(property, { runs: 200 });
  });
});
