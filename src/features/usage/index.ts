export { type Cycle, monthlyCycle } from './cycle.ts';
export type { UsageGap } from './gap.ts';
export { dropGaps, insertGaps } from './gap-store.ts';
export { createUsageHandlers, toApiUsage, type UsageHandlerDeps } from './handlers.ts';
export { intervalSeconds, secondsWithin, toInterval, type UsageInterval } from './interval.ts';
export { appendIntervals } from './ledger-store.ts';
export type { SessionUsage, UsagePage, UsagePageRequest, UsageParts } from './page.ts';
export { summarizeUsage, type UsageSummary } from './summary.ts';
export { fillGaps, type TrueUpDeps } from './true-up.ts';
