import type { CapacityStatus as ApiStatus } from '../../../generated/sdk/types.gen.ts';
import type { Handlers } from '../../http/operation-types.ts';
import type { CapacityService } from './capacity-service.ts';
import type { CapacityStatus } from './capacity-status.ts';

/** It is everyone's, and no older than this when the next one can be had. */
const CACHEABLE = { 'Cache-Control': 'public, max-age=15' };

/** The operations of the tag `capacity`. */
export function createCapacityHandlers(service: CapacityService): Pick<Handlers, 'getCapacityStatus'> {
  let shown: { status: CapacityStatus; body: ApiStatus } | undefined;

  return {
    async getCapacityStatus() {
      const status = await service.readStatus();
      // The same for thousands of callers.
      if (shown?.status !== status) shown = { status, body: toApiStatus(status) };
      return { status: 200, body: shown.body, headers: CACHEABLE };
    },
  };
}

function toApiStatus({ level, regions, updatedAt }: CapacityStatus): ApiStatus {
  return {
    status: level,
    regions: regions.map((one) => ({
      region: one.region,
      status: one.level,
      expected_start_seconds: one.expectedStartSeconds,
    })),
    updated_at: updatedAt.toISOString(),
  };
}
