import { createSceneEngine } from '../../src/sdk/scene/engine.ts';
import type { SceneFact } from '../../src/sdk/scene/inputs.ts';
import { machine, printFigures } from './report.ts';

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

const SIGNALS: readonly [name: string, isLost: (round: number) => boolean][] = [
  ['steady', () => false],
  ['comes and goes', (round) => round % 16 < 8],
];

/**
 * Measures how long the SDK's scene engine takes for a decision: one poll, one look at the session and one tick together,
 * while the signal is steady and while it comes and goes.
 */
export function benchScenes({ json = false }: { json?: boolean }): void {
  const figures = SIGNALS.map(([signal, isLost]) => {
    const sorted = measure(isLost).sort();
    const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1));
    return { signal, decisions: ROUNDS, 'median µs': at(0.5), '99 % µs': at(0.99), '99.9 % µs': at(0.999) };
  });
  printFigures({ figures, machine: machine(), json });
}
