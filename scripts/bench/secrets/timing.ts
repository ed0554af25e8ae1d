/** How long some calls took, in nanoseconds each. */
export interface Sample {
  name: string;
  times: number[];
}

/** A call to be timed. */
export interface Timed {
  name: string;
  call(): boolean;
}

/** Calls of one reading: a clock of nanoseconds is too coarse for one. */
const BATCH = 16;
/** Readings above this share of all were disturbed by something else, and are left out. */
const KEPT_SHARE = 0.9;

/** Times the calls in turn, in an order of chance within each round, so that whatever else happens meets all alike. */
export function timeInTurn(calls: readonly Timed[], rounds: number): Sample[] {
  const samples = calls.map(({ name }): Sample => ({ name, times: [] }));
  // The first tenth compiles the code.
  for (let round = -rounds / 10; round < rounds; round += 1) {
    const places = shuffle(calls.map((_, place) => place));
    for (const place of places) {
      const { call } = calls[place] as Timed;
      const began = process.hrtime.bigint();
      let held = 0;
      for (let count = 0; count < BATCH; count += 1) held += call() ? 1 : 0;
      const took = Number(process.hrtime.bigint() - began) / BATCH;
      if (held > 0) throw new Error(`${calls[place]?.name} was taken for right.`);
      if (round >= 0) samples[place]?.times.push(took);
    }
  }
  const limit = quantile(
    samples.flatMap(({ times }) => times),
    KEPT_SHARE,
  );
  return samples.map(({ name, times }) => ({ name, times: times.filter((time) => time <= limit) }));
}

function shuffle(places: number[]): number[] {
  for (let last = places.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [places[last], places[other]] = [places[other] as number, places[last] as number];
  }
  return places;
}

/** The value that this share of all is below. @param values at least one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/**
 * Welch's t of two samples: how far their means are apart, in standard errors (B. L. Welch, 1947). That of a leak grows
 * with the number of readings; that of none stays within a few.
 */
export function welchT(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [momentsOf(a), momentsOf(b)];
  const error = Math.sqrt(one.variance / a.length + other.variance / b.length);
  return error === 0 ? 0 : (one.mean - other.mean) / error;
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}
