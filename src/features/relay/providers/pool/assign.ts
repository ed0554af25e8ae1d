import { setTimeout as sleep } from 'node:timers/promises';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  ProviderRejectedError,
  type ProvisionRequest,
} from '../provider.ts';
import { type Assignment, toDescription } from './assignment.ts';
import { findAssignmentByToken } from './assignment-store.ts';
import type { PoolParts } from './parts.ts';
import { takePlace } from './place-store.ts';

/** How long a request looks again for a host that nobody is just taking, in milliseconds. */
const PATIENCE_MS = 10_000;
/** Waits between two looks are from half of this to all of it, in milliseconds, and twice as long each time up to the limit. */
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 64;

/** Gives the request a place, or finds the one that its token was given. */
export async function assign(parts: PoolParts, request: ProvisionRequest): Promise<InstanceDescription> {
  const { database, regions } = parts;
  const { region, anyRegion, token } = request;
  if (!regions.includes(region)) throw new ProviderRejectedError(`unknown region ${region}`);
  const known = await findAssignmentByToken(database, token);
  if (known) return toDescription(withSameOwner(known, request));
  await takeSomewhere(parts, request, anyRegion ? [region, ...regions.filter((one) => one !== region)] : [region]);
  const made = await findAssignmentByToken(database, token);
  if (!made) throw new Error(`The assignment of ${token} is gone.`);
  return toDescription(withSameOwner(made, request));
}

function withSameOwner(assignment: Assignment, request: ProvisionRequest): Assignment {
  const isSame = assignment.sessionId === request.sessionId && assignment.deployment === request.deployment;
  if (!isSame) throw new ProviderRejectedError('this token was used for another session or deployment');
  return assignment;
}

async function takeSomewhere(parts: PoolParts, request: ProvisionRequest, regions: readonly string[]): Promise<void> {
  const instanceId = parts.random.id('pas');
  const deadline = performance.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; performance.now() < deadline; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const found = await takeInOrder(parts, request, regions, instanceId);
    if (found === 'taken') return;
    if (found === 'full') throw new CapacityUnavailableError(`no host with room in ${regions.join(', ')}`);
    await sleep(pauseMs * (0.5 + parts.chance() / 2));
  }
  throw new Error('Every host with room was being taken all the time.');
}

/** A region whose hosts are only busy is waited for before the next one is tried. */
async function takeInOrder(
  { database, clock }: PoolParts,
  request: ProvisionRequest,
  regions: readonly string[],
  instanceId: string,
): Promise<'taken' | 'busy' | 'full'> {
  for (const region of regions) {
    const found = await takePlace(database, request, { region, instanceId, now: clock.now() });
    if (found !== 'full') return found;
  }
  return 'full';
}
