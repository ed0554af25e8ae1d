/**
 * Measures how long the scene engine takes for a decision: `node scripts/bench/scene-decisions.ts`. One poll, one look at
 * the session and one tick each, while the signal is steady and while it comes and goes.
 */
import { createSceneEngine } from '../../src/sdk/scene/engine.ts';
import type { SceneFact } from '../../src/sdk/scene/inputs.ts';

const ROUNDS = 200_000;

/** Microseconds of each round. `isLost`: whether the signal is away in a round. */
function measure(isLost: (round: number) => boolean): Float64Array {
  const engine = createSceneEngine();
  let at = 0;
  const tell = (fact: SceneFact) => engine.feed({ ...fact, at });
  tell({ type: 'obs_scene', scene: 'Live', reason: 'initial' });
  tell({ type: 'telemetry', state: 'fresh', bitrateKbps: 4_000 });
  tell({ type: 'startup', status: 'active' });
  return Float64Array.from({ length: ROUNDS }, (_, round) => {
    at += engine.config.pollMs;
    const started = performance.now();
    tell({ type: 'telemetry', state: 'fresh', bitrateKbps: isLost(round) ? 0 : 4_000 });
    tell({ type: 'cloud', status: 'active', ingestActive: true });
    const { effects } = tell({ type: 'tick' });
    const took = (performance.now() - started) * 1_000;
    for (const effect of effects) {
      if (effect.type !== 'switch_scene') continue;
      tell({ type: 'obs_scene', scene: effect.scene ?? '', reason: 'changed' });
    }
    return took;
  });
}

for (const [name, isLost] of [
  ['steady', () => false],
  ['comes and goes', (round: number) => round % 16 < 8],
] as const) {
  const sorted = measure(isLost).sort();
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  console.log(`${name}: median ${at(0.5)} µs, 99 % ${at(0.99)} µs, 99.9 % ${at(0.999)} µs`);
}
