import type { ObsClient } from '../obs-client.ts';
import { systemTimers, type Timers } from '../timers.ts';
import { createFreshnessMeter, type Freshness } from './freshness.ts';
import { askObs, type ObsOutput } from './obs-answers.ts';
import { createObsOutputMeter, type OutputDescription } from './obs-output-meter.ts';
import { buildOutputModel, type OutputModel } from './output-model.ts';
import { createPollLoop } from './poll-loop.ts';
import { createStore, type Observable } from './store.ts';

/** What is known of OBS' outputs; the model is null when absent. */
export interface OutputSnapshot {
  status: Freshness;
  /** Milliseconds since 1970: the last good answer; null when absent. */
  atMs: number | null;
  model: OutputModel | null;
}

/** Whom to ask, and how often. */
export interface ObsOutputSourceOptions {
  /** A connection; keeping it up is its owner's business. */
  obs: ObsClient;
  /** Default: real time. */
  timers?: Timers;
  /** Time between two polls, in milliseconds; default 2,000. Over 60,000 no rates can be told. */
  intervalMs?: number;
  /** How long to wait for all answers of a poll, in milliseconds; default 1,500. */
  timeoutMs?: number;
  /** So many polls in a row without an answer make it `absent`; default 5. */
  absentAfterMisses?: number;
  /** Names, groups and hides outputs; OBS doesn't know of that. */
  describe?: (output: ObsOutput) => OutputDescription | undefined;
  /** Stops the source for good. */
  signal?: AbortSignal;
}

/** Polls the outputs of OBS. It never throws: what goes wrong shows as `stale`, later as `absent`. */
export interface ObsOutputSource extends Observable<OutputSnapshot> {
  /** Polls at once and at each interval; while OBS hasn't answered it isn't asked again. */
  start(): void;
  /** Polls no more; the last snapshot stays, and counts as missed if it was `fresh`. It can be started again. */
  stop(): void;
}

const ABSENT: OutputSnapshot = { status: 'absent', atMs: null, model: null };

/**
 * Telemetry of outputs through obs-websocket 5, for where OBS' own C API isn't at hand. It tells no encoder, and no lag of
 * an encoder: `encodingLagMs` is the mean time that OBS takes to render a frame, `fps` what OBS renders.
 */
export function createObsOutputSource(options: ObsOutputSourceOptions): ObsOutputSource {
  const { obs, timers = systemTimers, intervalMs = 2000, timeoutMs = 1500, signal } = options;
  const freshness = createFreshnessMeter(options.absentAfterMisses);
  const meter = createObsOutputMeter(options.describe);
  const store = createStore(ABSENT);

  function miss(): void {
    const isStale = freshness.miss() === 'stale';
    if (!isStale) meter.reset();
    store.set(isStale ? { ...store.getSnapshot(), status: 'stale' } : ABSENT);
  }

  /** What answers next may be another OBS, with other counters. */
  function onClosed(): void {
    meter.reset();
    miss();
  }

  const loop = createPollLoop({
    timers,
    intervalMs,
    timeoutMs,
    async ask() {
      const askedMs = timers.now();
      const answer = await askObs(obs);
      return { answer, atMs: (askedMs + timers.now()) / 2 };
    },
    tell(told) {
      if (!told) return miss();
      const model = buildOutputModel(meter.measure(told.answer, told.atMs));
      store.set({ status: freshness.hit(), atMs: told.atMs, model });
    },
  });

  let runs = false;
  function stop(): void {
    signal?.removeEventListener('abort', stop);
    loop.stop();
    if (runs) obs.off('ConnectionClosed', onClosed);
    runs = false;
    if (store.getSnapshot().status === 'fresh') miss();
  }

  return {
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    stop,
    start() {
      if (runs || signal?.aborted) return;
      runs = true;
      signal?.addEventListener('abort', stop);
      obs.on('ConnectionClosed', onClosed);
      loop.start();
    },
  };
}
