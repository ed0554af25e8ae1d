/** A value at a time, in seconds. */
export interface Point {
  second: number;
  value: number;
}

/** How a value went over a time. */
export interface Trend {
  /** Middle value. */
  level: number;
  /** What the slope adds up to over the whole time. */
  growth: number;
}

/** How many parts of the time the lowest value is taken of. */
const PARTS = 12;

/**
 * The trend of what lies under a value that goes up and down: of the lowest values of twelve parts of the time, by the
 * Theil–Sen estimator (the middle of the slopes of all pairs), which a few odd values don't move. The lowest values of a
 * heap are those right after a collection: what is really kept.
 */
export function trendOf(points: readonly Point[]): Trend {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || last.second === first.second) return { level: first?.value ?? 0, growth: 0 };
  const duration = last.second - first.second;
  const floors = Array.from({ length: PARTS }, (_, part) =>
    points
      .filter(({ second }) => Math.min(PARTS - 1, Math.floor(((second - first.second) / duration) * PARTS)) === part)
      .reduce<Point | null>((low, point) => (low === null || point.value < low.value ? point : low), null),
  ).filter((point) => point !== null);
  return { level: median(floors.map(({ value }) => value)), growth: slopeOf(floors) * duration };
}

function slopeOf(points: readonly Point[]): number {
  const slopes = points.flatMap((a, index) =>
    points.slice(index + 1).map((b) => (b.value - a.value) / (b.second - a.second)),
  );
  return median(slopes);
}

/** The middle value; of an even number the mean of both. 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** The value that so many of a hundred aren't above; 0 for none. @param sorted ascending. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
