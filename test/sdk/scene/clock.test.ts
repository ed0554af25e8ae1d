import assert from 'node:assert/strict';
import { startSceneClock } from '../../../src/sdk/scene/clock.ts';
import { createSceneEngine, type SceneOutcome } from '../../../src/sdk/scene/engine.ts';

/** Timers with one wait at a time. */
function createHandTimers() {
  const waits: { ms: number; run: () => void }[] = [];
  let now = 1_000;
  return {
    waits,
    now: () => now,
    after(ms: number, run: () => void) {
      const wait = { ms, run };
      waits.push(wait);
      return () => void waits.splice(waits.indexOf(wait), 1);
    },
    /** Ends the oldest wait. */
    pass() {
      const wait = waits.shift();
      now += wait?.ms ?? 0;
      wait?.run();
    },
  };
}

describe('The clock of the scene engine', () => {
  it('ticks as often as configured, tells facts with the time, and stops', () => {
    const timers = createHandTimers();
    const outcomes: SceneOutcome[] = [];
    const engine = createSceneEngine({ config: { pollMs: 700 } });
    const clock = startSceneClock({ engine, timers, onOutcome: (outcome) => outcomes.push(outcome) });
    timers.pass();
    clock.tell({ type: 'fault', kind: 'runtime', message: 'broken' });
    timers.pass();
    assert.deepEqual(
      outcomes.flatMap(({ events }) => events.map(({ type, at }) => [type, at])),
      [
        ['decision', 1_700],
        ['transition', 1_700],
        ['decision', 2_400],
      ],
    );
    clock.stop();
    assert.equal(timers.waits.length, 0);
  });

  it('goes on ticking when its listener throws', () => {
    const timers = createHandTimers();
    const onOutcome = () => {
      throw new Error('the listener broke');
    };
    startSceneClock({ engine: createSceneEngine(), timers, onOutcome });
    for (const _ of [1, 2]) assert.throws(() => timers.pass(), /the listener broke/);
    assert.equal(timers.waits.length, 1);
  });
});
