import type { Plan } from '../account/index.ts';

/** The Time Bank of a cycle, in seconds; null for unlimited. */
export interface UsageSummary {
  includedSeconds: number | null;
  consumedSeconds: number;
  remainingSeconds: number | null;
  overageSeconds: number;
}

/** What is left of the plan's time, and what was used beyond it. */
export function summarizeUsage(plan: Plan, consumedSeconds: number): UsageSummary {
  const { includedSeconds } = plan;
  if (includedSeconds === null) {
    return { includedSeconds, consumedSeconds, remainingSeconds: null, overageSeconds: 0 };
  }
  return {
    includedSeconds,
    consumedSeconds,
    remainingSeconds: Math.max(0, includedSeconds - consumedSeconds),
    overageSeconds: Math.max(0, consumedSeconds - includedSeconds),
  };
}
