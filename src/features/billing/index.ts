export type { AccessDeps } from './access.ts';
export { billingCommand } from './commands.ts';
export { type EventJobDeps, processEvent } from './event-job.ts';
export { type BillingHandlerDeps, createBillingHandlers } from './handlers.ts';
export { enforcePlanDeadlines } from './plan-deadlines.ts';
export { createSeller, type Seller } from './seller-client.ts';
export { reconcileSubscriptions, syncSubscription } from './sync.ts';
export { isSigned } from './webhook-signature.ts';
