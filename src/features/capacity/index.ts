export { type CapacityService, createCapacityService } from './capacity-service.ts';
export { createCapacityHandlers } from './handlers.ts';
