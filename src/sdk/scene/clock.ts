import { systemTimers, type Timers } from '../timers.ts';
import type { SceneEngine, SceneOutcome } from './engine.ts';
import type { SceneFact } from './inputs.ts';

/** A running engine. */
export interface SceneClock {
  /** Feeds a fact, learnt now. */
  tell(fact: SceneFact): SceneOutcome;
  /** Ends the ticks. */
  stop(): void;
}

/** What a running engine needs. */
export interface SceneClockOptions {
  engine: SceneEngine;
  /** Gets what comes of each tick and each fact that is told. What it throws is the caller's own. */
  onOutcome(outcome: SceneOutcome): void;
  /** Default: real time. */
  timers?: Timers;
}

/** Ticks an engine as often as its configuration says, until it is stopped. */
export function startSceneClock({ engine, onOutcome, timers = systemTimers }: SceneClockOptions): SceneClock {
  const tell = (fact: SceneFact) => {
    const outcome = engine.feed({ ...fact, at: timers.now() });
    onOutcome(outcome);
    return outcome;
  };
  let cancel: () => void;
  const schedule = () => {
    cancel = timers.after(engine.config.pollMs, () => {
      // Before the tick, so that an error of a listener doesn't end the ticks.
      schedule();
      tell({ type: 'tick' });
    });
  };
  schedule();
  return { tell, stop: () => cancel() };
}
