import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from '../../database/connect.ts';
import type { Logger } from '../../observability/logger.ts';
import type { Random } from '../../random.ts';
import { insertIntent, markNeverLaunched, markRunning } from './instance-store.ts';
import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  ProviderRejectedError,
  type ProvisionRequest,
  type RelayProvider,
} from './providers/provider.ts';
import { PROVISION_STEPS, type ProvisionStep, type RelaySession, type SessionFailure } from './session.ts';
import { type SessionChange, settle, withFields, withMove, withVisibleFields } from './session-change.ts';
import { lockSession } from './session-store.ts';

export interface ProvisionDeps extends RelayDeps {
  provider: RelayProvider;
  random: Random;
  logger: Logger;
  deployment: string;
  /** What the session's relay proves itself with. */
  relayKey(sessionId: string): string;
  /** Absolute URL of `POST /relay/health`, as relays see it. */
  healthUrl: string;
}

/** Launches of one session before it is given up. */
const MAX_ATTEMPTS = 3;
/** Longest wait between two tries of a provider that fails, in milliseconds. */
const MAX_BACKOFF_MS = 5_000;
/** How often a launch that makes no progress looks whether it is still wanted, in milliseconds. */
const WISH_CHECK_MS = 1_000;

/** A launch's next move, decided with the session locked. */
type Plan = { done: true } | { done: false; session: RelaySession };

/**
 * Brings up a session's relay, from wherever an earlier run left it: each step is stored before the next, and the
 * provider is only called with tokens that are stored already. Returns once the session is active or ended; throws when
 * the run is cut short, to be run again.
 */
export async function provisionSession(deps: ProvisionDeps, sessionId: string, signal: AbortSignal): Promise<void> {
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    const plan = await beginAttempt(deps, sessionId);
    if (plan.done) return;
    try {
      const instance = await deps.provider.provision(toRequest(deps, plan.session));
      await recordLaunch(deps, plan.session, instance);
      if (await waitUntilReady(deps, plan.session, instance, signal)) return;
      failures = 0;
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = finalFailure(error, plan.session);
      if (failure && (await failLaunch(deps, plan.session, failure))) return;
      failures += 1;
      deps.logger.warn({ session_id: sessionId, err: error }, 'provision_retry');
      await sleep(Math.min(MAX_BACKOFF_MS, 100 * 2 ** failures), undefined, { signal });
    }
  }
}

function tokenOf(session: RelaySession): string {
  return `${session.id}:${session.provisionAttempt}`;
}

function toRequest(deps: ProvisionDeps, session: RelaySession): ProvisionRequest {
  return {
    token: tokenOf(session),
    sessionId: session.id,
    deployment: deps.deployment,
    region: session.region,
    streamToken: session.streamToken,
    relayKey: deps.relayKey(session.id),
    healthUrl: deps.healthUrl,
  };
}

/** Stores the intent of the launch, unless it is no longer wanted. */
async function beginAttempt(deps: ProvisionDeps, sessionId: string): Promise<Plan> {
  return atStepBoundary(deps, sessionId, async (trx, change) => {
    const { after } = change;
    await insertIntent(trx, {
      id: deps.random.id('rly'),
      sessionId,
      attempt: after.provisionAttempt,
      provider: deps.provider.name,
      provisionToken: tokenOf(after),
      region: after.region,
      state: 'requested',
      instanceId: null,
      createdAt: deps.clock.now(),
    });
    return change;
  });
}

/**
 * Runs `next` on the locked session if its launch is still to go on. A deadline that has passed or a stop that was
 * wished for ends it here.
 */
async function atStepBoundary(
  deps: ProvisionDeps,
  sessionId: string,
  next: (trx: Transaction, change: SessionChange) => Promise<SessionChange>,
): Promise<Plan> {
  return deps.database.transaction(async (trx) => {
    const locked = await lockSession(trx, sessionId);
    if (!locked) return { done: true };
    const horizon = horizonOf(deps);
    let change = settle(locked, horizon);
    if (change.after.status === 'provisioning') {
      change = change.after.stopRequestedAt
        ? withMove(change, 'stopped', 'stop_requested', horizon.now)
        : await next(trx, change);
    }
    const session = await commitChange(deps, trx, change, SYSTEM);
    return session.status === 'provisioning' ? { done: false, session } : { done: true };
  });
}

/**
 * The same for a step of the attempt that `begun` is at. Another worker may have begun the next attempt meanwhile: then
 * nothing is done here but to tell of it, or the two would go on with an instance each.
 */
async function atStepOf(
  deps: ProvisionDeps,
  begun: RelaySession,
  next: (trx: Transaction, change: SessionChange) => Promise<SessionChange>,
): Promise<Plan> {
  return atStepBoundary(deps, begun.id, async (trx, change) =>
    isSameAttempt(change.after, begun) ? next(trx, change) : change,
  );
}

function isSameAttempt(session: RelaySession, begun: RelaySession): boolean {
  return session.provisionAttempt === begun.provisionAttempt;
}

async function recordLaunch(deps: ProvisionDeps, session: RelaySession, instance: InstanceDescription): Promise<void> {
  await deps.database.transaction(async (trx) => {
    await markRunning(trx, tokenOf(session), instance.instanceId, deps.clock.now());
    const locked = await lockSession(trx, session.id);
    // Ended while the provider was at it: its instance is known now, so the take-down finds it.
    if (!locked || locked.status === 'stopped') {
      await deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId: session.id });
      return;
    }
    // Answered late, behind the next attempt: what this one made is the reconciler's to take down.
    if (!isSameAttempt(locked, session)) return;
    const change = withVisibleFields(
      settle(locked, horizonOf(deps)),
      { instanceId: instance.instanceId, provisionStep: laterStep(locked.provisionStep, 'waiting_for_instance') },
      deps.clock.now(),
    );
    if (locked.instanceId !== instance.instanceId) await commitChange(deps, trx, change, SYSTEM);
  });
}

/** Follows the instance until it is ready. False: another launch is due or begun, as this one's instance is gone. */
async function waitUntilReady(
  deps: ProvisionDeps,
  session: RelaySession,
  launched: InstanceDescription,
  signal: AbortSignal,
): Promise<boolean> {
  let instance: InstanceDescription | null = launched;
  let known: ProvisionStep = 'launching_instance';
  let checkedAt = 0;
  for (;;) {
    if (!instance || instance.state === 'terminated') return startOver(deps, session);
    const ready = instance.step === 'ready' && instance.state === 'running';
    if (ready || instance.step !== known || Date.now() - checkedAt > WISH_CHECK_MS) {
      const { step, address } = instance;
      const instanceId = instance.instanceId;
      const plan = await atStepOf(deps, session, async (_trx, change) => {
        const fields = { instanceId, provisionStep: laterStep(change.after.provisionStep, step), ...(address ?? {}) };
        const stepped = isNews(change.after, fields) ? withVisibleFields(change, fields, deps.clock.now()) : change;
        return ready ? withMove(stepped, 'active', 'provisioned', deps.clock.now()) : stepped;
      });
      if (plan.done) {
        if (ready) observeDuration(deps, session);
        return true;
      }
      if (!isSameAttempt(plan.session, session)) return false;
      known = step;
      checkedAt = Date.now();
    }
    await sleep(deps.provider.pollIntervalMs, undefined, { signal });
    instance = await deps.provider.describe(instance.instanceId, session.region);
  }
}

/** The steps of one launch never go back. */
function laterStep(a: ProvisionStep, b: ProvisionStep): ProvisionStep {
  return PROVISION_STEPS.indexOf(a) >= PROVISION_STEPS.indexOf(b) ? a : b;
}

function isNews(session: RelaySession, fields: Partial<RelaySession>): boolean {
  return Object.entries(fields).some(([name, value]) => session[name as keyof RelaySession] !== value);
}

/** The instance vanished: the next attempt gets a token of its own, or the session ends. */
async function startOver(deps: ProvisionDeps, session: RelaySession): Promise<boolean> {
  const plan = await atStepOf(deps, session, async (_trx, change) => {
    const now = deps.clock.now();
    if (change.after.provisionAttempt >= MAX_ATTEMPTS) {
      return withMove(change, 'stopped', 'instance_lost', now, {
        code: 'instance_lost',
        message: 'The relay vanished while it was coming up.',
      });
    }
    const next = { provisionAttempt: change.after.provisionAttempt + 1, instanceId: null, publicIp: null };
    return withVisibleFields(withFields(change, next), { provisionStep: 'launching_instance' }, now);
  });
  return plan.done;
}

function finalFailure(error: unknown, session: RelaySession): SessionFailure | null {
  if (error instanceof CapacityUnavailableError) {
    return { code: 'capacity_unavailable', message: `No capacity for a relay in ${session.region}.` };
  }
  if (error instanceof ProviderRejectedError) {
    return { code: 'provision_failed', message: 'The provider refused to launch the relay.' };
  }
  return null;
}

/** Ends the session. False: another attempt is under way. */
async function failLaunch(deps: ProvisionDeps, session: RelaySession, failure: SessionFailure): Promise<boolean> {
  const plan = await atStepOf(deps, session, async (trx, change) => {
    deps.logger.warn({ session_id: session.id, failure: failure.code }, 'provision_failed');
    await markNeverLaunched(trx, tokenOf(session), deps.clock.now());
    const cause = failure.code === 'capacity_unavailable' ? 'capacity_unavailable' : 'provision_failed';
    return withMove(change, 'stopped', cause, deps.clock.now(), failure);
  });
  return plan.done;
}

function observeDuration(deps: ProvisionDeps, session: RelaySession): void {
  deps.metrics.provisionDuration.observe((deps.clock.now().getTime() - session.createdAt.getTime()) / 1000);
}
