import type { InstanceRef, Placement } from '../../src/features/relay/providers/provider.ts';

/** For launches that are made once: nothing is noted. */
export const NO_PLACEMENT: Placement = { last: null, note: async () => undefined };

/** Names an instance, of a session that doesn't matter. */
export function refOf(instanceId: string, region = 'us-east-1'): InstanceRef {
  return { instanceId, region, sessionId: 'ses_any' };
}
