export { type Account, toAccount, USER_COLUMNS, type UserRow } from './account.ts';
export { decideEntitlement, type Entitlement, type EntitlementReason } from './entitlement.ts';
export { createAccountHandlers, toApiSlot } from './handlers.ts';
export {
  type Catalog,
  PLAN_STATUSES,
  PLAN_TIERS,
  type Plan,
  type PlanStatus,
  type Plans,
  type PlanTier,
  type Product,
} from './plans.ts';
export { type PresentPlan, presentPlan } from './present-plan.ts';
export { createSlotService, type SlotService } from './slot-service.ts';
export { relaySlugOf, type SlotRow, type StreamSlot, toSlot } from './slot-store.ts';
export type { Subscription } from './subscription.ts';
export { createSignedUpUser, createUser, EmailTakenError } from './user-service.ts';
export {
  claimAccount,
  endPageSessions,
  existingUsers,
  findUser,
  findUserOfPageSession,
  lockUser,
  lockUsersWithPlanDeadline,
  storePlanDeadline,
  storeSubscription,
  updateEmail,
} from './user-store.ts';
