export { processEvent } from './event-job.ts';
export { type BillingHandlerDeps, createBillingHandlers } from './handlers.ts';
export { enforcePlanDeadlines } from './plan-deadlines.ts';
export { createSeller, type Seller } from './seller-client.ts';
export { reconcileSubscriptions } from './sync.ts';
export { isSigned } from './webhook-signature.ts';
