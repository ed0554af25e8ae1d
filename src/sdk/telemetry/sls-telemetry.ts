import { createFreshnessMeter, type Freshness } from './freshness.ts';
import { sumKnown } from './rate.ts';
import { type PublisherStats, parseSlsStats } from './sls-stats.ts';

/** One stream at the SRT server, under a key that tells nothing of its name there. */
export type PublisherState = PublisherStats;

/** What the SRT server tells of the streams that a player may see. */
export interface SlsTelemetryState {
  status: Freshness;
  /** Milliseconds since 1970: the last good answer; null when absent. */
  atMs: number | null;
  /** None when absent; also when nobody publishes, but then `kbps` is 0. */
  publishers: PublisherState[];
  /** kbit/s of all streams; null where nothing is known. */
  kbps: number | null;
}

/** Follows the SRT server's statistics. It has no clock and no network of its own. Never throws. */
export interface SlsTelemetry {
  /** Takes an answer, as text or JSON value; what can't be read counts as a miss. */
  feed(snapshot: unknown, atMs: number): SlsTelemetryState;
  /** There was no answer. */
  miss(): SlsTelemetryState;
  state(): SlsTelemetryState;
}

const ABSENT: SlsTelemetryState = { status: 'absent', atMs: null, publishers: [], kbps: null };

/** @param absentAfterMisses so many misses in a row make it `absent`; default 5. */
export function createSlsTelemetry({ absentAfterMisses }: { absentAfterMisses?: number } = {}): SlsTelemetry {
  const freshness = createFreshnessMeter(absentAfterMisses);
  let state = ABSENT;

  function miss(): SlsTelemetryState {
    state = freshness.miss() === 'stale' ? { ...state, status: 'stale' } : ABSENT;
    return state;
  }

  return {
    miss,
    state: () => state,
    feed(snapshot, atMs) {
      const told = parseSlsStats(snapshot);
      if (!told) return miss();
      const publishers = told.map((publisher, index) => ({ ...publisher, key: `publisher-${index + 1}` }));
      const kbps = sumKnown(publishers.map(({ bitrateKbps }) => bitrateKbps));
      state = { status: freshness.hit(), atMs, publishers, kbps };
      return state;
    },
  };
}
