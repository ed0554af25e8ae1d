import type { ProvisionStep } from '../../session.ts';
import type { InstanceDescription, InstanceRef } from '../provider.ts';
import { type Assignment, toDescription } from './assignment.ts';
import { advance, findAssignment, markReleasing } from './assignment-store.ts';
import { doubtHost } from './host-store.ts';
import type { PoolParts } from './parts.ts';
import { HostRefusedError, HostUnavailableError } from './sls-client.ts';
import { ensureStream, StreamTakenError, streamOf } from './streams.ts';

/** A host that doesn't answer for so long after the assignment is given up for another one, in milliseconds. */
const GIVE_UP_MS = 20_000;

/**
 * Takes an assignment one step further: the host answers, it gets the stream ids, it knows them. If the host fails, the
 * assignment ends, so that the launch goes on with another one, at another host if there is any.
 */
export async function bringUp(parts: PoolParts, { instanceId }: InstanceRef): Promise<InstanceDescription | null> {
  const { database, clock } = parts;
  const assignment = await findAssignment(database, instanceId);
  if (assignment?.state !== 'assigned') return assignment && toDescription(assignment);
  try {
    const step = await takeStep(parts, assignment);
    if (step === assignment.step) return toDescription(assignment);
    await advance(database, instanceId, step, clock.now());
  } catch (error) {
    if (!isHostsFault(error)) throw error;
    await endIfHopeless(parts, assignment, error);
  }
  const present = await findAssignment(database, instanceId);
  return present && toDescription(present);
}

/** @returns the step that it is at then. */
async function takeStep({ sls }: PoolParts, assignment: Assignment): Promise<ProvisionStep> {
  const { address } = assignment.host as NonNullable<Assignment['host']>;
  switch (assignment.step) {
    case 'starting_containers':
      await ensureStream(sls, address, assignment);
      return 'creating_stream';
    case 'creating_stream':
      if (await sls.hasStats(address, streamOf(assignment).player)) return 'ready';
      // Gone again.
      await ensureStream(sls, address, assignment);
      return 'creating_stream';
    default:
      await sls.checkHealth(address);
      return 'starting_containers';
  }
}

function isHostsFault(error: unknown): error is Error {
  return (
    error instanceof HostUnavailableError || error instanceof HostRefusedError || error instanceof StreamTakenError
  );
}

async function endIfHopeless(parts: PoolParts, assignment: Assignment, error: Error): Promise<void> {
  const { database, clock, logger } = parts;
  const { instanceId, sessionId, createdAt, host } = assignment;
  const now = clock.now();
  // A stream that is taken says nothing against the host.
  if (host && !(error instanceof StreamTakenError)) await doubtHost(database, host.id, now);
  const isPassing = error instanceof HostUnavailableError && now.getTime() - createdAt.getTime() < GIVE_UP_MS;
  logger.warn({ session_id: sessionId, host: host?.name, gives_up: !isPassing, err: error }, 'pool_host_fails');
  if (!isPassing) await markReleasing(database, instanceId, now);
}
