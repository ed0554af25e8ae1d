export { type Account, toAccount, USER_COLUMNS, type UserRow } from './account.ts';
export { type UserCommandDeps, userCommand } from './commands.ts';
export { decideEntitlement, type Entitlement, type EntitlementReason } from './entitlement.ts';
export { createAccountHandlers, toApiSlot } from './handlers.ts';
export {
  DEFAULT_PLANS,
  PLAN_STATUSES,
  PLAN_TIERS,
  type Plan,
  type PlanStatus,
  type Plans,
  type PlanTier,
} from './plans.ts';
export { createSlotService, type SlotService } from './slot-service.ts';
export { type SlotRow, type StreamSlot, toSlot } from './slot-store.ts';
export { createUser, EmailTakenError } from './user-service.ts';
export { findUser, lockUser } from './user-store.ts';
