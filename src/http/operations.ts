import { createAccountHandlers, type SlotService } from '../features/account/index.ts';
import { type AuthHandlerDeps, createAuthHandlers } from '../features/auth/index.ts';
import { type BillingHandlerDeps, createBillingHandlers } from '../features/billing/index.ts';
import { type CapacityService, createCapacityHandlers } from '../features/capacity/index.ts';
import { createRelayHandlers, type RelayHandlerDeps } from '../features/relay/index.ts';
import { createUsageHandlers, type UsageHandlerDeps } from '../features/usage/index.ts';
import type { Handlers } from './operation-types.ts';

export interface OperationDeps {
  auth: AuthHandlerDeps;
  relay: RelayHandlerDeps;
  slots: SlotService;
  usage: UsageHandlerDeps;
  billing: BillingHandlerDeps;
  capacity: CapacityService;
}

/** The handler of each operation. One that is missing, or that the contract doesn't declare, does not compile. */
export function createOperations(deps: OperationDeps): Handlers {
  return {
    ...createAuthHandlers(deps.auth),
    ...createRelayHandlers(deps.relay),
    ...createUsageHandlers(deps.usage),
    ...createAccountHandlers(deps.slots),
    ...createBillingHandlers(deps.billing),
    ...createCapacityHandlers(deps.capacity),
  };
}
