import type { Transaction } from '../../database/connect.ts';
import { errors } from '../../http/errors.ts';
import type { CapacityCache } from './capacity-cache.ts';
import { commitChange, horizonOf, type RelayDeps } from './lifecycle.ts';
import { type Regions, regionNames, resolveRegion } from './regions.ts';
import type { RelaySession } from './session.ts';
import { type SessionChange, settle, withVisibleFields } from './session-change.ts';
import { allowedTargets } from './session-machine.ts';
import { findLiveSessions, lockSession } from './session-store.ts';

export interface MigrateRequest {
  userId: string;
  /** Null: the account's default connection. */
  connectionId: string | null;
  /** A region or an alias of one. */
  newRegion: string;
  /** Who asks; the new relay's statistics are for this address. */
  callerAddress: string;
  requestId: string;
}

export interface MigrateDeps extends RelayDeps {
  regions: Regions;
  capacity: Pick<CapacityCache, 'hasIn' | 'retryAfterSeconds'>;
}

/** Whether the session moves, or is where it was wished to be already. */
export interface MigrateResult {
  moving: boolean;
  session: RelaySession;
}

/** Seconds after which a move that was refused may be asked for again. */
const RETRY_SECONDS = 3;

/**
 * Asks for a session's move to another region. The move itself is a job's.
 *
 * @throws ApiError 400 for an unknown region, 404 without a live session of the connection, 409 when it is not active or
 *   on its way elsewhere, 503 when the region is known to be full.
 */
export async function migrateRelay(deps: MigrateDeps, request: MigrateRequest): Promise<MigrateResult> {
  const region = resolveRegion(deps.regions, request.newRegion);
  if (region === null) throw unknownRegion(deps.regions);
  const hasRoom = await deps.capacity.hasIn(region);
  return deps.database.transaction(async (trx) => {
    const session = await lockTarget(trx, request);
    const change = session && settle(session, horizonOf(deps));
    if (!change || change.after.status === 'stopped') throw errors.notFound('live relay session of this connection');
    return moveLocked(deps, trx, change, { request, region, hasRoom });
  });
}

async function lockTarget(trx: Transaction, request: MigrateRequest): Promise<RelaySession | null> {
  const live = await findLiveSessions(trx, request.userId);
  const wanted = live.find(({ connectionId }) => connectionId === request.connectionId);
  return wanted ? lockSession(trx, wanted.id) : null;
}

async function moveLocked(
  deps: MigrateDeps,
  trx: Transaction,
  change: SessionChange,
  { request, region, hasRoom }: { request: MigrateRequest; region: string; hasRoom: boolean },
): Promise<MigrateResult> {
  const { after } = change;
  if (after.status !== 'active') throw errors.cannotMove(after.status, allowedTargets(after.status), RETRY_SECONDS);
  const { migration } = after;
  if (migration && migration.step !== 'failed') {
    if (migration.region !== region) throw errors.movingElsewhere(migration.region, RETRY_SECONDS);
    return { moving: true, session: after };
  }
  if (after.region === region) return { moving: false, session: after };
  if (!hasRoom) throw errors.capacityUnavailable(deps.capacity.retryAfterSeconds);
  const now = deps.clock.now();
  const begun = withVisibleFields(
    change,
    {
      callerAddress: request.callerAddress,
      provisionAttempt: after.provisionAttempt + 1,
      migration: {
        region,
        step: 'launching_instance',
        tries: 1,
        instanceId: null,
        startedAt: now,
        drainUntil: null,
        failure: null,
      },
    },
    now,
  );
  const session = await commitChange(deps, trx, begun, { name: 'user', requestId: request.requestId });
  await deps.jobs.enqueue(trx, 'relay-migrate', { sessionId: session.id });
  return { moving: true, session };
}

function unknownRegion(regions: Regions) {
  const supported = regionNames(regions);
  const message = `must be one of ${supported.join(', ')}`;
  return errors.invalidRequest([{ path: '/body/new_region', message }], { supported_regions: supported });
}
