import { createHash } from 'node:crypto';
import type { Fault } from '../../../generated/sdk/types.gen.ts';
import { addSeconds } from '../../clock.ts';
import type { Transaction } from '../../database/connect.ts';
import { type ApiError, errors } from '../../http/errors.ts';
import type { Random } from '../../random.ts';
import { type Account, type Entitlement, lockUser, type SlotService, type StreamSlot } from '../account/index.ts';
import type { CapacityCache } from './capacity-cache.ts';
import { findBoundKey, IMPORTED_FINGERPRINT, type KeyBinding, keyInsert } from './idempotency-store.ts';
import { commitChange, horizonOf, notifyChange, type RelayDeps } from './lifecycle.ts';
import { type Regions, regionNames, resolveRegion } from './regions.ts';
import { DEFAULT_PORTS, type Metering, type RelaySession } from './session.ts';
import { settle, withFields } from './session-change.ts';
import type { Actor } from './session-history-store.ts';
import { PROVISION_SECONDS } from './session-machine.ts';
import { findSession, lockLiveSessions, readSlotUse, type SlotUse } from './session-store.ts';
import { storeStart } from './start-store.ts';

export const START_OPERATION = 'startRelay';

/** Seconds for which a key is remembered. */
export const KEY_TTL_SECONDS = 3600;

/** A wish for a relay. */
export interface StartRequest {
  userId: string;
  idempotencyKey: string;
  regionPreference: string | undefined;
  connectionId: string | null;
  streamToken: string | undefined;
  streamSlot: number | undefined;
  requestedBy: string;
  callerAddress: string;
  requestId: string;
}

/** `created`: a new session; `existing`: the connection's live one; `replayed`: the one of an earlier start with this key. */
export interface StartResult {
  outcome: 'created' | 'existing' | 'replayed';
  session: RelaySession;
}

export interface StartDeps extends RelayDeps {
  random: Random;
  regions: Regions;
  capacity: Pick<CapacityCache, 'hasAny' | 'retryAfterSeconds'>;
  /** What new sessions are billed for. */
  metering: Metering;
  /** What the account may do, its live sessions counted, as the transaction sees it. */
  readEntitlement(trx: Transaction, account: Account): Promise<Entitlement>;
  slots: Pick<SlotService, 'list' | 'owns'>;
}

/**
 * Starts a relay, or finds the one that is there. Starts of one account take turns, so that neither the plan's limit nor
 * an idempotency key can be raced.
 *
 * @throws ApiError 400, 401, 403, 409, 503
 */
export async function startRelay(deps: StartDeps, request: StartRequest): Promise<StartResult> {
  const region = resolveRegion(deps.regions, request.regionPreference);
  const hasCapacity = await deps.capacity.hasAny();
  return deps.database.transaction(async (trx) => {
    const account = await lockUser(trx, request.userId);
    if (!account) throw errors.unauthorized();
    // Before any session is locked: a replay waits for nobody.
    const replayed = region === null ? null : await findReplay(deps, trx, request, region);
    if (replayed) return { outcome: 'replayed', session: replayed };

    const live = await settleAll(deps, trx, await lockLiveSessions(trx, account.id));
    const faults = await tokenFaults(deps, trx, account, request, live);
    if (region === null) throw unknownRegion(deps.regions, faults);
    if (faults.length > 0) throw errors.invalidRequest(faults);
    return findOrCreate(deps, trx, { account, request, region, live, hasCapacity });
  });
}

/** That the request's key stands for the session. */
function bindingOf(deps: StartDeps, { request, region }: Start, sessionId: string): KeyBinding {
  return {
    userId: request.userId,
    operation: START_OPERATION,
    key: request.idempotencyKey,
    fingerprint: fingerprintOf(request, region),
    sessionId,
    now: deps.clock.now(),
  };
}

/** What must be the same for a key to mean the same start. */
function fingerprintOf(request: StartRequest, region: string): string {
  const values = [region, request.connectionId, request.streamToken ?? null, request.streamSlot ?? null];
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}

async function findReplay(
  deps: StartDeps,
  trx: Transaction,
  request: StartRequest,
  region: string,
): Promise<RelaySession | null> {
  const oldest = addSeconds(deps.clock.now(), -KEY_TTL_SECONDS);
  const bound = await findBoundKey(trx, request.userId, START_OPERATION, request.idempotencyKey, oldest);
  if (!bound) return null;
  const isSame = [fingerprintOf(request, region), IMPORTED_FINGERPRINT].includes(bound.fingerprint);
  if (!isSame) throw errors.idempotencyMismatch();
  const session = await findSession(trx, bound.sessionId);
  return session && settle(session, horizonOf(deps)).after;
}

/** A start whose words are good, and what it finds. */
interface Start {
  account: Account;
  request: StartRequest;
  region: string;
  /** The user's sessions that have not ended. */
  live: RelaySession[];
  hasCapacity: boolean;
}

async function findOrCreate(deps: StartDeps, trx: Transaction, start: Start): Promise<StartResult> {
  const { account, request, live, hasCapacity } = start;
  const actor: Actor = { name: 'user', requestId: request.requestId };
  const existing = live.find((session) => session.connectionId === request.connectionId);
  if (existing) {
    await keyInsert(trx, bindingOf(deps, start, existing.id));
    if (!existing.stopRequestedAt) return { outcome: 'existing', session: existing };
    const change = withFields(settle(existing, horizonOf(deps)), { stopRequestedAt: null, stopReason: null });
    return { outcome: 'existing', session: await commitChange(deps, trx, change, actor) };
  }
  const [entitlement, slots, use] = await Promise.all([
    deps.readEntitlement(trx, account),
    deps.slots.list(account, trx),
    readSlotUse(trx, account.id, request.connectionId),
  ]);
  assertEntitled(entitlement);
  const slot = chooseSlot(start, slots, use);
  if (!hasCapacity) throw errors.capacityUnavailable(deps.capacity.retryAfterSeconds);
  return { outcome: 'created', session: await createSession(deps, trx, start, slot, actor) };
}

/** Lapsed sessions end before anyone counts them. */
async function settleAll(deps: StartDeps, trx: Transaction, stored: RelaySession[]): Promise<RelaySession[]> {
  const settled: RelaySession[] = [];
  for (const session of stored) {
    settled.push(await commitChange(deps, trx, settle(session, horizonOf(deps)), { name: 'system' }));
  }
  return settled.filter((session) => session.status !== 'stopped');
}

function assertEntitled(entitlement: Entitlement): void {
  switch (entitlement.reason) {
    case 'ok':
      return;
    case 'connection_limit_reached':
      throw errors.connectionLimitReached(entitlement.maxConnections, entitlement.liveConnections);
    case 'subscription_required':
      throw errors.entitlementDenied(entitlement.reason, 'The plan includes no relays. Choose a plan that does.');
    case 'subscription_inactive':
      throw errors.entitlementDenied(entitlement.reason, 'The subscription is not active. Renew it first.');
    case 'time_bank_exhausted':
      throw errors.entitlementDenied(entitlement.reason, "The plan's time for this cycle is used up.");
    case 'user_not_found':
      throw errors.entitlementDenied(entitlement.reason, 'There is no such account.');
  }
}

/**
 * The slot asked for, else the one the connection had, else, of those that no live session uses, the one that other
 * connections used longest ago: so each keeps its own for as long as there are enough.
 */
function chooseSlot({ request, live }: Start, slots: readonly StreamSlot[], use: SlotUse): StreamSlot {
  const byToken = slots.find((slot) => slot.streamToken === request.streamToken);
  const byNumber = slots.find((slot) => slot.slotNumber === request.streamSlot);
  assertUsable(request, byToken, byNumber);
  const asked = byToken ?? byNumber;
  if (asked) return asked;

  const taken = new Set(live.map((session) => session.slotNumber));
  const free = slots.filter((slot) => !taken.has(slot.slotNumber));
  const kept = free.find((candidate) => candidate.slotNumber === use.own);
  if (kept) return kept;
  const age = (candidate: StreamSlot) => use.byOthers.get(candidate.slotNumber)?.getTime() ?? 0;
  const slot = free.toSorted((a, b) => age(a) - age(b))[0] ?? slots[0];
  if (!slot) throw errors.entitlementDenied('subscription_required', 'The plan includes no relays.');
  return slot;
}

/**
 * What is wrong with the token that was sent: it must be the caller's own, that of a slot which the plan doesn't allow now
 * included, and that of the connection's live session, which keeps the token it was started with.
 */
async function tokenFaults(
  deps: StartDeps,
  trx: Transaction,
  account: Account,
  { streamToken, connectionId }: StartRequest,
  live: RelaySession[],
): Promise<Fault[]> {
  if (streamToken === undefined) return [];
  if (live.some((session) => session.connectionId === connectionId && session.streamToken === streamToken)) return [];
  if (await deps.slots.owns(account, streamToken, trx)) return [];
  return [{ path: '/body/stream_token', message: 'is not the token of one of your slots' }];
}

function assertUsable(request: StartRequest, byToken: StreamSlot | undefined, byNumber: StreamSlot | undefined): void {
  const faults: Fault[] = [];
  if (request.streamToken !== undefined && !byToken) {
    faults.push({ path: '/body/stream_token', message: 'is the token of a slot that your plan does not include now' });
  }
  if (request.streamSlot !== undefined && !byNumber) {
    faults.push({ path: '/body/stream_slot', message: 'is not the number of one of your usable slots' });
  }
  if (byToken && byNumber && byToken !== byNumber) {
    faults.push({ path: '/body/stream_slot', message: 'is not the slot of the stream_token' });
  }
  if (faults.length > 0) throw errors.invalidRequest(faults);
}

function unknownRegion(regions: Regions, others: Fault[]): ApiError {
  const supported = regionNames(regions);
  const message = `must be empty or one of ${supported.join(', ')}`;
  return errors.invalidRequest([{ path: '/body/region_preference', message }, ...others], {
    supported_regions: supported,
  });
}

async function createSession(
  deps: StartDeps,
  trx: Transaction,
  start: Start,
  slot: StreamSlot,
  actor: Actor,
): Promise<RelaySession> {
  const now = deps.clock.now();
  const { account, request, region } = start;
  const session: RelaySession = {
    id: deps.random.id('ses'),
    userId: account.id,
    connectionId: request.connectionId,
    status: 'provisioning',
    version: 1,
    provisionStep: 'launching_instance',
    provisionAttempt: 1,
    region,
    slotNumber: slot.slotNumber,
    streamToken: slot.streamToken,
    pairToken: deps.random.token(24),
    relayWsToken: deps.random.token(24),
    requestedBy: request.requestedBy,
    callerAddress: request.callerAddress,
    instanceId: null,
    publicIp: null,
    relayHostname: null,
    ...DEFAULT_PORTS,
    ingestState: 'never',
    lastObservedAt: null,
    stopRequestedAt: null,
    stopReason: null,
    createdAt: now,
    updatedAt: now,
    activatedAt: null,
    activeSince: null,
    metering: deps.metering,
    meteredSince: null,
    meteredUntil: null,
    billedSeconds: 0,
    adjustedSeconds: 0,
    hasGaps: false,
    graceStartedAt: null,
    stoppedAt: null,
    stopCause: null,
    failure: null,
    migration: null,
    provisionExpiresAt: addSeconds(now, PROVISION_SECONDS),
    leaseExpiresAt: null,
    graceExpiresAt: null,
    capExpiresAt: null,
  };
  const event = { from: null, to: 'provisioning', cause: 'started', at: now } as const;
  await Promise.all([
    storeStart(trx, { session, event, actor, key: bindingOf(deps, start, session.id) }),
    deps.jobs.enqueue(trx, 'relay-provision', { sessionId: session.id }),
    notifyChange(trx, session.userId),
  ]);
  return session;
}
