/**
 * How much a value is worth. `fresh`: of the last poll. `stale`: the last good one, the polls since have failed. `absent`:
 * nothing is known, which is not the same as zero.
 */
export type Freshness = 'fresh' | 'stale' | 'absent';

/** Follows which polls succeed. */
export interface FreshnessMeter {
  hit(): Freshness;
  miss(): Freshness;
}

/** @param absentAfterMisses so many misses in a row make it absent; default 5. */
export function createFreshnessMeter(absentAfterMisses = 5): FreshnessMeter {
  // Before the first good answer there is nothing that could be stale.
  let misses = absentAfterMisses;
  return {
    hit() {
      misses = 0;
      return 'fresh';
    },
    miss() {
      misses += 1;
      return misses >= absentAfterMisses ? 'absent' : 'stale';
    },
  };
}
