/** The parts of a round, in their order. */
export const PHASES = [
  'prepare',
  'calm',
  'begin',
  'last',
  'mend',
  'recover',
  'after',
  'settle',
  'check',
  'clear',
] as const;

export type Phase = (typeof PHASES)[number];

/** Where a round is, and how long each part of it took. */
export interface Phases {
  present: Phase;
  /** In milliseconds, whole; those that were entered. */
  tookMs: Partial<Record<Phase, number>>;
  /** Ends the present one, and begins this one. */
  enter(phase: Phase): void;
  /** Ends the last one. */
  end(): void;
}

/** Begins with the first one. */
export function createPhases(): Phases {
  let began = performance.now();
  const phases: Phases = {
    present: 'prepare',
    tookMs: {},
    enter(phase) {
      phases.end();
      phases.present = phase;
    },
    end() {
      const now = performance.now();
      phases.tookMs[phases.present] = Math.round(now - began);
      began = now;
    },
  };
  return phases;
}
