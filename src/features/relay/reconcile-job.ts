import { readFleetControl } from './fleet-control.ts';
import { type FleetInspection, type FleetInstance, type InspectionDeps, inspectFleet } from './fleet-inspection.ts';
import { findOpenInstances, type RelayInstance } from './instance-store.ts';
import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import { queryAll } from './providers/query-all.ts';
import type { RelaySession } from './session.ts';
import { settle, withMove, withVisibleFields } from './session-change.ts';
import { findSessionsByIds, lockSession, type PlacedSession } from './session-store.ts';

export interface ReconcileDeps extends RelayDeps, InspectionDeps {
  /** Whether relays have names in DNS. */
  hasNames: boolean;
  /** Of these users, those that exist. */
  usersAmong(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

const KINDS = ['lost', 'orphan', 'leftover', 'forgotten', 'address', 'move', 'tidied'] as const;

/**
 * One thing that was out of order:
 * - `lost`: a live session whose instance is gone, ended;
 * - `orphan`: an instance that no session is to have, taken down;
 * - `leftover`: an instance of a stopped session, its take-down asked for again;
 * - `forgotten`: a note of an instance that nobody worked on, worked on again;
 * - `address`: a session that was told another address than its instance has, told the right one;
 * - `move`: a move that did not end, taken up again;
 * - `tidied`: something that a provider keeps beside its instances.
 */
export interface Finding {
  kind: (typeof KINDS)[number];
  provider: string;
  /** The instance or, without one, the session; of what a provider tidies, a sentence. */
  what: string;
  sessionId: string | null;
  region: string | null;
}

/** What a run found and did. */
export interface ReconcileReport {
  /** False: nothing was done; the findings are what would be. */
  acted: boolean;
  findings: Finding[];
  /** Providers that could not be asked. */
  blind: string[];
}

/** An instance that no session has is left alone for this long, in milliseconds: it may be about to become one's. */
const ORPHAN_GRACE_MS = 60_000;

/** Does a thing, if it still is to be done. False: it is not, or cannot be now. */
interface Task {
  finding: Finding;
  run(): Promise<boolean>;
}

/**
 * Compares the providers' instances with the sessions and mends what differs. Only our own deployment's instances are
 * looked at, one run acts on at most max(5, a tenth) of them, and where an operator has not resumed it after a restore or
 * a move it only reports.
 *
 * @param firstSeen when each orphan was first met, by instance id; kept between runs.
 * @param options.dryRun true: change nothing, and count what is still to be waited for.
 */
export async function reconcile(
  deps: ReconcileDeps,
  firstSeen: Map<string, number>,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<ReconcileReport> {
  const now = deps.clock.now();
  const { reportOnly } = await readFleetControl(deps.database, now);
  const acts = !dryRun && !reportOnly;
  const fleet = await inspectFleet(deps, now);
  const limit = Math.max(5, Math.floor(fleet.instances / 10));
  const due = dueOrphans(fleet.unclaimed, firstSeen, now.getTime());
  const tasks = planTasks(deps, fleet, dryRun ? fleet.unclaimed : due);
  const findings: Finding[] = [];
  for (const task of tasks) {
    if (acts && findings.length >= limit) break;
    if (!acts || (await attempt(deps, task))) findings.push(task.finding);
  }
  findings.push(...(await tidyProviders(deps, acts, Math.max(0, limit - findings.length))));
  for (const kind of KINDS) {
    deps.metrics.fleetDifferences.set({ kind }, findings.filter((finding) => finding.kind === kind).length);
  }
  deps.metrics.fleetBlind.set(fleet.blind.length);
  if (findings.length > 0) deps.logger.warn({ acted: acts, findings }, 'reconciled');
  return { acted: acts, findings, blind: fleet.blind };
}

/** In the order of what hurts most; a leftover has its job already. */
function planTasks(deps: ReconcileDeps, fleet: FleetInspection, orphans: FleetInstance[]): Task[] {
  return [
    ...fleet.missing.map((placed) => ({
      finding: ofSession('lost', placed.session, placed.provider ?? deps.providers.current.name),
      run: () => endIfGone(deps, placed),
    })),
    ...orphans.map((instance) => ({
      finding: ofInstance('orphan', instance),
      run: () => takeDownOrphan(deps, instance),
    })),
    ...fleet.readdressed.map(({ session, instance }) => ({
      finding: ofInstance('address', instance),
      run: () => correctAddress(deps, session, instance),
    })),
    ...fleet.stalled.map((session) => ({
      finding: ofSession('move', session, deps.providers.current.name),
      run: () => askAgain(deps, 'relay-migrate', session.id),
    })),
    ...fleet.leftovers.map((instance) => ({
      finding: ofInstance('leftover', instance),
      run: () => takeDownLeftover(deps, instance),
    })),
    ...fleet.forgotten.map((note) => ({
      finding: ofNote(note),
      run: () => askAgain(deps, 'relay-deprovision', note.sessionId),
    })),
  ];
}

function ofSession(kind: Finding['kind'], { id, region }: RelaySession, provider: string): Finding {
  return { kind, provider, what: id, sessionId: id, region };
}

function ofInstance(kind: Finding['kind'], { provider, instanceId, sessionId, region }: FleetInstance): Finding {
  return { kind, provider, what: instanceId, sessionId, region };
}

function ofNote({ provider, instanceId, provisionToken, sessionId, region }: RelayInstance): Finding {
  return { kind: 'forgotten', provider, what: instanceId ?? provisionToken, sessionId, region };
}

function dueOrphans(unclaimed: FleetInstance[], firstSeen: Map<string, number>, now: number): FleetInstance[] {
  const present = new Set(unclaimed.map(({ instanceId }) => instanceId));
  for (const id of firstSeen.keys()) if (!present.has(id)) firstSeen.delete(id);
  for (const id of present) if (!firstSeen.has(id)) firstSeen.set(id, now);
  return unclaimed.filter((instance) => now - (firstSeen.get(instance.instanceId) ?? now) >= ORPHAN_GRACE_MS);
}

/** One that fails must not keep the run from the rest; it is met again by the next one. */
async function attempt(deps: ReconcileDeps, { finding, run }: Task): Promise<boolean> {
  try {
    return await run();
  } catch (err) {
    deps.logger.warn({ ...finding, err }, 'not_reconciled');
    return false;
  }
}

async function takeDownOrphan(deps: ReconcileDeps, instance: FleetInstance): Promise<boolean> {
  await deps.providers.named(instance.provider).deprovision(instance);
  return true;
}

async function takeDownLeftover(deps: ReconcileDeps, instance: FleetInstance): Promise<boolean> {
  const { sessionId, instanceId } = instance;
  const open = await findOpenInstances(deps.database, sessionId);
  const isNoted = open.some((noted) => noted.instanceId === null || noted.instanceId === instanceId);
  // The job takes down what is noted; one that showed up when it had been given up is nobody's.
  return isNoted ? askAgain(deps, 'relay-deprovision', sessionId) : takeDownOrphan(deps, instance);
}

/** False: that is on its way already. Jobs would pile up for as long as a provider cannot do it. */
async function askAgain(
  deps: ReconcileDeps,
  job: 'relay-deprovision' | 'relay-migrate',
  sessionId: string,
): Promise<boolean> {
  if (await deps.jobs.isPending(job, { sessionId })) return false;
  await deps.database.transaction((trx) => deps.jobs.enqueue(trx, job, { sessionId }));
  return true;
}

/** The provider is asked once more about this very instance before a session ends for want of it. */
async function endIfGone(deps: ReconcileDeps, { session: missing, provider }: PlacedSession): Promise<boolean> {
  const { id, region, activatedAt } = missing;
  const ref = {
    instanceId: missing.instanceId as string,
    sessionId: id,
    region,
    requestedAt: activatedAt ?? undefined,
  };
  const at = provider === null ? deps.providers.current : deps.providers.named(provider);
  const instance = await at.describe(ref);
  if (instance && instance.state !== 'terminated') return false;
  return deps.database.transaction(async (trx) => {
    const session = await lockSession(trx, id);
    if (!session || session.instanceId !== missing.instanceId) return false;
    const horizon = horizonOf(deps);
    const change = settle(session, horizon);
    if (change.after.status !== 'active' && change.after.status !== 'grace') return false;
    const failure = { code: 'instance_lost', message: 'The relay is gone.' } as const;
    await commitChange(deps, trx, withMove(change, 'stopped', 'instance_lost', horizon.now, failure), SYSTEM);
    return true;
  });
}

async function correctAddress(deps: ReconcileDeps, { id }: RelaySession, instance: FleetInstance): Promise<boolean> {
  return deps.database.transaction(async (trx) => {
    const session = await lockSession(trx, id);
    const change = session && settle(session, horizonOf(deps));
    if (change?.after.instanceId !== instance.instanceId || change.after.status === 'stopped') return false;
    const fields = { ...instance.address, relayHostname: null };
    await commitChange(deps, trx, withVisibleFields(change, fields, deps.clock.now()), SYSTEM);
    if (deps.hasNames) await deps.jobs.enqueue(trx, 'relay-dns', { sessionId: id });
    return true;
  });
}

async function tidyProviders(deps: ReconcileDeps, act: boolean, limit: number): Promise<Finding[]> {
  const { answers, failures } = await queryAll(deps.providers, (provider) =>
    provider.tidy({
      deployment: deps.deployment,
      liveAmong: async (ids) => {
        const sessions = await findSessionsByIds(deps.database, [...ids]);
        return new Set(sessions.filter(({ status }) => status !== 'stopped').map(({ id }) => id));
      },
      usersAmong: deps.usersAmong,
      act,
      limit,
    }),
  );
  for (const { provider, error } of failures) deps.logger.warn({ provider, err: error }, 'provider_not_tidied');
  return answers.flatMap(({ provider, answer }) =>
    answer.map((what) => ({ kind: 'tidied' as const, provider, what, sessionId: null, region: null })),
  );
}
