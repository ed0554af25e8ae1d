import { systemTimers, type Timers } from '../timers.ts';
import type { LinkTelemetryState } from './link-state.ts';
import { createLinkTelemetry, type LinkTelemetryOptions } from './link-telemetry.ts';
import { createPollLoop, type PollLoop } from './poll-loop.ts';
import { readText } from './read-text.ts';
import type { TelemetrySources } from './relay-sources.ts';
import { createSlsTelemetry, type SlsTelemetryState } from './sls-telemetry.ts';
import { createStore, type Observable } from './store.ts';

/** What is known of a relay; a source that isn't asked is `absent`. */
export interface TelemetrySnapshot {
  links: LinkTelemetryState;
  sls: SlsTelemetryState;
}

/** What to ask, how often, and how links are named. */
export interface TelemetryPollerOptions extends LinkTelemetryOptions {
  /** Where to ask; see `telemetrySourcesOf`. */
  sources: TelemetrySources;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /** Default: real time. */
  timers?: Timers;
  /** Time between two polls of a source, in milliseconds; default 2,000. Over 60,000 no rates can be told. */
  intervalMs?: number;
  /** How long to wait for an answer, in milliseconds; default 1,500. Without one the poll is a miss. */
  timeoutMs?: number;
  /** Stops the poller for good. */
  signal?: AbortSignal;
}

/** Polls the statistics of a relay. It never throws: what goes wrong shows as `stale`, later as `absent`. */
export interface TelemetryPoller extends Observable<TelemetrySnapshot> {
  /** Polls each source at once and at each interval; one that hasn't answered yet isn't asked again. */
  start(): void;
  /** Polls no more; the last snapshot stays, and what was `fresh` in it counts as missed. It can be started again. */
  stop(): void;
}

/** A poller that hasn't been started. */
export function createTelemetryPoller(options: TelemetryPollerOptions): TelemetryPoller {
  const { sources, timers = systemTimers, intervalMs = 2000, timeoutMs = 1500, signal } = options;
  const fetchIt = options.fetch ?? fetch;
  const links = createLinkTelemetry(options);
  const sls = createSlsTelemetry(options);
  const store = createStore<TelemetrySnapshot>({ links: links.state(), sls: sls.state() });

  const show = () => store.set({ links: links.state(), sls: sls.state() });

  function poll(url: string, feed: (text: string, atMs: number) => void, miss: () => void): PollLoop {
    return createPollLoop({
      timers,
      intervalMs,
      timeoutMs,
      async ask(given) {
        const askedMs = timers.now();
        const text = await readText(fetchIt, url, given);
        // The relay counted somewhere between question and answer.
        return { text, atMs: (askedMs + timers.now()) / 2 };
      },
      tell(answer) {
        if (answer) feed(answer.text, answer.atMs);
        else miss();
        show();
      },
    });
  }

  const loops: PollLoop[] = [];
  if (sources.links) loops.push(poll(sources.links, links.feed, () => links.miss(timers.now())));
  if (sources.sls) loops.push(poll(sources.sls, sls.feed, sls.miss));

  function stop(): void {
    signal?.removeEventListener('abort', stop);
    for (const loop of loops) loop.stop();
    const fresh = [links, sls].filter((source) => source.state().status === 'fresh');
    for (const source of fresh) source.miss(timers.now());
    if (fresh.length > 0) show();
  }

  return {
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    stop,
    start() {
      if (signal?.aborted) return;
      signal?.addEventListener('abort', stop);
      for (const loop of loops) loop.start();
    },
  };
}
