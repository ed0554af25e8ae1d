import type { InstanceRef } from '../provider.ts';
import { findAssignment, markReleasing } from './assignment-store.ts';
import type { PoolParts } from './parts.ts';
import { givePlaceBack } from './place-store.ts';
import { dropStream } from './streams.ts';

/**
 * Ends an assignment: its stream ids go first, then its place is given back.
 *
 * @returns false while the host doesn't do its part; its place stays taken until then.
 */
export async function release(parts: PoolParts, { instanceId }: Pick<InstanceRef, 'instanceId'>): Promise<boolean> {
  const { database, sls, clock, logger } = parts;
  await markReleasing(database, instanceId, clock.now());
  const assignment = await findAssignment(database, instanceId);
  if (!assignment || assignment.state === 'released' || !assignment.host) return true;
  try {
    await dropStream(sls, assignment.host.address, assignment);
  } catch (err) {
    logger.warn({ session_id: assignment.sessionId, host: assignment.host.name, err }, 'pool_stream_not_dropped');
    return false;
  }
  await givePlaceBack(database, instanceId, clock.now());
  return true;
}
