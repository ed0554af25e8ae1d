import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from '../../database/connect.ts';
import {
  markNeverLaunched,
  markRunning,
  notePlacement,
  type RelayInstance,
  recordIntent,
  retire,
} from './instance-store.ts';
import { type Launch, type LaunchDeps, type LaunchPurpose, type Progress, tokenOf } from './launch-purpose.ts';
import { commitChange, horizonOf, SYSTEM } from './lifecycle.ts';
import {
  CapacityUnavailableError,
  type InstanceDescription,
  type InstanceRef,
  ProviderRejectedError,
  type ProvisionRequest,
} from './providers/provider.ts';
import { laterStep, type ProvisionStep, type RelaySession, type SessionFailure } from './session.ts';
import { type SessionChange, settle } from './session-change.ts';

/** Launches of one session before it is given up. */
const MAX_ATTEMPTS = 3;
/** Longest wait between two tries of a provider that fails, in milliseconds. */
const MAX_BACKOFF_MS = 5_000;
/** How often a launch that makes no progress and hears nothing looks whether it is still wanted, in milliseconds. */
const WISH_CHECK_MS = 1_000;
/** Without news a launch asks its provider ever more rarely: each wait is longer by so much, up to so many times the first. */
const POLL_GROWTH = 1.3;
const POLL_GROWTH_LIMIT = 4;

/** A launch's next move, decided with the session locked. */
type Plan = { done: true } | { done: false; session: RelaySession; launch: Launch };

/** A launch whose intent is stored. */
interface Begun {
  session: RelaySession;
  launch: Launch;
  intent: RelayInstance;
}

/**
 * Brings up a relay for a session, from wherever an earlier run left it: each step is stored before the next, and the
 * provider is only called with tokens that are stored already. Returns once the relay is the session's or the launch has
 * ended; throws when the run is cut short, to be run again.
 */
export async function runLaunch(
  deps: LaunchDeps,
  purpose: LaunchPurpose,
  sessionId: string,
  signal: AbortSignal,
): Promise<void> {
  // From the start: a wish to stop may come while the provider is being asked.
  const followed = deps.news.follow(sessionId);
  try {
    await launchUntilOver(deps, purpose, sessionId, signal, (ms) => followed.next(ms, signal));
  } finally {
    followed.end();
  }
}

/** Tells whether there was news of the session before the milliseconds were over. */
type Wait = (ms: number) => Promise<boolean>;

async function launchUntilOver(
  deps: LaunchDeps,
  purpose: LaunchPurpose,
  sessionId: string,
  signal: AbortSignal,
  wait: Wait,
): Promise<void> {
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    const begun = await beginAttempt(deps, purpose, sessionId);
    if (!begun) return;
    try {
      const instance = await provision(deps, purpose, begun);
      if (!(await recordLaunch(deps, purpose, begun, instance))) continue;
      if (await waitUntilReady(deps, purpose, begun, instance, wait)) return;
      failures = 0;
    } catch (error) {
      if (signal.aborted) throw error;
      const failure = finalFailure(error, begun.launch);
      if (failure && (await failLaunch(deps, purpose, begun, failure))) return;
      failures += 1;
      deps.metrics.provisionRetries.inc({ provider: begun.intent.provider });
      deps.logger.warn({ session_id: sessionId, err: error }, 'provision_retry');
      await sleep(Math.min(MAX_BACKOFF_MS, 100 * 2 ** failures), undefined, { signal });
    }
  }
}

/** Stores the intent of the launch, unless it is no longer wanted. */
async function beginAttempt(deps: LaunchDeps, purpose: LaunchPurpose, sessionId: string): Promise<Begun | null> {
  let intent: RelayInstance | undefined;
  const plan = await atStepBoundary(deps, purpose, sessionId, async (trx, change, launch) => {
    intent = await recordIntent(trx, {
      id: deps.random.id('rly'),
      sessionId,
      attempt: launch.attempt,
      provider: deps.providers.current.name,
      provisionToken: tokenOf(sessionId, launch),
      region: launch.region,
      state: 'requested',
      placement: null,
      instanceId: null,
      createdAt: deps.clock.now(),
    });
    return change;
  });
  return plan.done ? null : { session: plan.session, launch: plan.launch, intent: intent as RelayInstance };
}

function toRequest(deps: LaunchDeps, purpose: LaunchPurpose, { session, launch, intent }: Begun): ProvisionRequest {
  return {
    token: intent.provisionToken,
    sessionId: session.id,
    userId: session.userId,
    deployment: deps.deployment,
    region: launch.region,
    anyRegion: purpose.anyRegion,
    streamToken: session.streamToken,
    relayKey: deps.relayKey(session.id),
    healthUrl: deps.healthUrl,
    statsReader: deps.statsAccess === 'open' ? null : session.callerAddress,
  };
}

/** The provider is the one that the launch was begun with, whatever the configuration says by now. */
function provision(deps: LaunchDeps, purpose: LaunchPurpose, begun: Begun): Promise<InstanceDescription> {
  const { provider, provisionToken, placement } = begun.intent;
  return deps.providers.named(provider).provision(toRequest(deps, purpose, begun), {
    last: placement,
    note: (place) => notePlacement(deps.database, provisionToken, place, deps.clock.now()),
  });
}

type Step = (trx: Transaction, change: SessionChange, launch: Launch) => Promise<SessionChange>;

/**
 * Runs `next` on the locked session if its launch is still to go on. A deadline that has passed or a stop that was
 * wished for ends it here.
 */
async function atStepBoundary(deps: LaunchDeps, purpose: LaunchPurpose, sessionId: string, next: Step): Promise<Plan> {
  return deps.steps(sessionId, async (trx, locked): Promise<Plan> => {
    if (!locked) return { done: true };
    const horizon = horizonOf(deps);
    let change = purpose.withLimits(settle(locked, horizon), horizon.now);
    const launch = purpose.launchOf(change.after);
    if (launch) change = await next(trx, change, launch);
    const [session] = await Promise.all([commitChange(deps, trx, change, SYSTEM), purpose.onCommit(deps, trx, change)]);
    const left = purpose.launchOf(session);
    return left ? { done: false, session, launch: left } : { done: true };
  });
}

/**
 * The same for a step of the attempt that was begun. Another worker may have begun the next attempt meanwhile: then
 * nothing is done here but to tell of it, or the two would go on with an instance each.
 */
async function atStepOf(
  deps: LaunchDeps,
  purpose: LaunchPurpose,
  { session, launch }: Begun,
  next: Step,
): Promise<Plan> {
  return atStepBoundary(deps, purpose, session.id, async (trx, change, present) =>
    present.attempt === launch.attempt ? next(trx, change, present) : change,
  );
}

/** Notes what was made. False: it came too late for this attempt, and is taken down. */
async function recordLaunch(
  deps: LaunchDeps,
  purpose: LaunchPurpose,
  { session, launch, intent }: Begun,
  instance: InstanceDescription,
): Promise<boolean> {
  return deps.steps(session.id, async (trx, locked) => {
    const now = deps.clock.now();
    const running = markRunning(trx, intent.provisionToken, instance, now);
    const present = locked && purpose.launchOf(locked);
    if (!locked || present?.attempt !== launch.attempt) {
      await running;
      await retire(trx, intent.provisionToken, now);
      await deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId: session.id });
      return false;
    }
    const progress = { ...instance, step: 'waiting_for_instance' } as const;
    const change = purpose.withProgress(settle(locked, horizonOf(deps)), progress, now);
    await Promise.all([running, commitChange(deps, trx, change, SYSTEM)]);
    return true;
  });
}

/** Follows the instance until it is ready. False: another launch is due or begun, as this one's instance is gone. */
async function waitUntilReady(
  deps: LaunchDeps,
  purpose: LaunchPurpose,
  begun: Begun,
  launched: InstanceDescription,
  wait: Wait,
): Promise<boolean> {
  const provider = deps.providers.named(begun.intent.provider);
  const request = toRequest(deps, purpose, begun);
  const { instanceId, region } = launched;
  const ref: InstanceRef = { instanceId, region, sessionId: begun.session.id, requestedAt: deps.clock.now() };
  let instance: InstanceDescription | null = launched;
  // As the launch was recorded.
  let known: ProvisionStep = 'waiting_for_instance';
  let checkedAt = Date.now();
  let pauseMs = provider.pollIntervalMs;
  let heard = false;
  for (;;) {
    if (!instance || instance.state === 'terminated') return startOver(deps, purpose, begun);
    const progress: Progress = instance;
    const step = laterStep(known, instance.step);
    const ready = instance.step === 'ready' && instance.state === 'running';
    if (ready || step !== known || heard || Date.now() - checkedAt > WISH_CHECK_MS) {
      const plan = await atStepOf(deps, purpose, begun, async (_trx, change) => {
        const now = deps.clock.now();
        const stepped = purpose.withProgress(change, progress, now);
        return ready ? purpose.withReady(stepped, progress, now) : stepped;
      });
      if (plan.done) return true;
      if (plan.launch.attempt !== begun.launch.attempt) return false;
      if (step !== known) pauseMs = provider.pollIntervalMs;
      known = step;
      checkedAt = Date.now();
    }
    heard = await wait(pauseMs);
    pauseMs = Math.min(pauseMs * POLL_GROWTH, provider.pollIntervalMs * POLL_GROWTH_LIMIT);
    instance = await provider.bringUp(ref, request);
  }
}

/** The instance vanished: the next attempt gets a token of its own, or the launch ends. */
async function startOver(deps: LaunchDeps, purpose: LaunchPurpose, begun: Begun): Promise<boolean> {
  const plan = await atStepOf(deps, purpose, begun, async (trx, change, launch) => {
    const now = deps.clock.now();
    await retire(trx, begun.intent.provisionToken, now);
    // Gone or not, something may be left that was made for it.
    await deps.jobs.enqueue(trx, 'relay-deprovision', { sessionId: begun.session.id });
    if (launch.tries < MAX_ATTEMPTS) return purpose.withNextAttempt(change, now);
    const message = 'The relay vanished while it was coming up.';
    return purpose.withFailure(change, { code: 'instance_lost', message }, now);
  });
  return plan.done;
}

function finalFailure(error: unknown, { region }: Launch): SessionFailure | null {
  if (error instanceof CapacityUnavailableError) {
    return { code: 'capacity_unavailable', message: `No capacity for a relay in ${region}.` };
  }
  if (error instanceof ProviderRejectedError) {
    return { code: 'provision_failed', message: 'The provider refused to launch the relay.' };
  }
  return null;
}

/** Ends the launch. False: another attempt is under way. */
async function failLaunch(
  deps: LaunchDeps,
  purpose: LaunchPurpose,
  begun: Begun,
  failure: SessionFailure,
): Promise<boolean> {
  const plan = await atStepOf(deps, purpose, begun, async (trx, change) => {
    deps.logger.warn({ session_id: begun.session.id, failure: failure.code }, 'provision_failed');
    await markNeverLaunched(trx, begun.intent.provisionToken, deps.clock.now());
    return purpose.withFailure(change, failure, deps.clock.now());
  });
  return plan.done;
}
