export { type Cycle, monthlyCycle } from './cycle.ts';
export type { UsageGap } from './gap.ts';
export { dropGaps, insertGaps } from './gap-store.ts';
export { createUsageHandlers, type ReadUsage, toApiUsage } from './handlers.ts';
export { intervalSeconds, secondsWithin, toInterval, type UsageInterval } from './interval.ts';
export { appendIntervals } from './ledger-store.ts';
export { summarizeUsage, type UsageSummary } from './summary.ts';
export { fillGaps, type TrueUpDeps } from './true-up.ts';
