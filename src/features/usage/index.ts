export { type Cycle, monthlyCycle } from './cycle.ts';
export { createUsageHandlers, type ReadUsage, toApiUsage } from './handlers.ts';
export { intervalSeconds, secondsWithin, toInterval, type UsageInterval } from './interval.ts';
export { appendIntervals } from './ledger-store.ts';
export { summarizeUsage, type UsageSummary } from './summary.ts';
