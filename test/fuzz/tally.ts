/** What went wrong. */
export interface FuzzFailure {
  fault: string;
  /** What came back. */
  answer: string;
  /** Lines for a shell that do it again, with what came of each. */
  replay: string[];
  /** What to give `npm run fuzz` to see it again; undefined: the whole run. */
  again: { seed: number; path: string } | undefined;
}

/** What a run comes to, while it goes on. */
export interface Tally {
  readonly sent: number;
  /** How often each operation answered with each status; `none` for requests to no operation. */
  readonly histogram: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** How many sequences of each number of steps were played. */
  readonly sequences: ReadonlyMap<number, number>;
  /** What went wrong first. */
  readonly failure: FuzzFailure | undefined;
  count(operation: string, status: number): void;
  countSequence(steps: number): void;
  /** Notes what went wrong, if something did. */
  fail(failure: FuzzFailure | undefined): void;
}

/** @param onProgress hears how many requests are done. */
export function createTally(onProgress: (done: number) => void): Tally {
  const histogram = new Map<string, Map<number, number>>();
  const sequences = new Map<number, number>();
  let sent = 0;
  let first: FuzzFailure | undefined;
  return {
    get sent() {
      return sent;
    },
    histogram,
    sequences,
    get failure() {
      return first;
    },
    count(operation, status) {
      sent += 1;
      const statuses = histogram.get(operation) ?? new Map<number, number>();
      histogram.set(operation, statuses.set(status, (statuses.get(status) ?? 0) + 1));
      if (sent % 100 === 0) onProgress(sent);
    },
    countSequence: (steps) => void sequences.set(steps, (sequences.get(steps) ?? 0) + 1),
    fail(failure) {
      first ??= failure;
    },
  };
}
