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

/**
 * The trend by the Theil–Sen estimator: the middle of the slopes between any two points, which a few odd values don't
 * move.
 */
export function trendOf(points: readonly Point[]): Trend {
  const duration = (points.at(-1)?.second ?? 0) - (points[0]?.second ?? 0);
  const slopes = points.flatMap((a, index) =>
    points.slice(index + 1).map((b) => (b.value - a.value) / (b.second - a.second)),
  );
  return { level: median(points.map(({ value }) => value)), growth: median(slopes) * duration };
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
