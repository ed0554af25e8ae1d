import { addSeconds } from '../../clock.ts';
import type { Database } from '../../database/connect.ts';
import type { Logger } from '../../observability/logger.ts';
import { findStaleInstances, type RelayInstance } from './instance-store.ts';
import type { Providers } from './providers/index.ts';
import type { InstanceDescription } from './providers/provider.ts';
import { queryAll } from './providers/query-all.ts';
import { isComingUp, type RelaySession } from './session.ts';
import { findPlacedSessions, findSessionsByIds, type PlacedSession } from './session-store.ts';

/** An instance, and the provider that has it. */
export interface FleetInstance extends InstanceDescription {
  provider: string;
}

/** Where providers and database differ. */
export interface FleetInspection {
  /** How many instances of ours there are. */
  instances: number;
  /** Live sessions whose instance no list shows; their provider is to be asked about each. */
  missing: PlacedSession[];
  /** Instances that no session is to have: of no session we know, or beside a live one's own. */
  unclaimed: FleetInstance[];
  /** Instances of stopped sessions. */
  leftovers: FleetInstance[];
  /** Notes of instances that should be gone by now, which nobody works on. */
  forgotten: RelayInstance[];
  /** Live sessions that are told another address than their instance has. */
  readdressed: { session: RelaySession; instance: FleetInstance }[];
  /** Sessions whose move doesn't end. */
  stalled: RelaySession[];
  /** Providers that could not be asked. */
  blind: string[];
}

export interface InspectionDeps {
  database: Database;
  providers: Providers;
  deployment: string;
  logger: Logger;
}

/** A note that isn't closed for so long is looked into, in seconds; so is a move. */
const STALE_SECONDS = 300;

/** Compares what the providers have of this deployment with what the database says. Changes nothing. */
export async function inspectFleet(deps: InspectionDeps, now: Date): Promise<FleetInspection> {
  // Before the instances: one that is launched meanwhile would seem lost.
  const placed = await findPlacedSessions(deps.database);
  const { found, blind } = await listInstances(deps);
  const sessions = await findSessionsByIds(deps.database, [...new Set(found.map(({ sessionId }) => sessionId))]);
  const byId = new Map(sessions.map((session) => [session.id, session]));
  const present = new Set(found.map(({ instanceId }) => instanceId));
  const before = addSeconds(now, -STALE_SECONDS);
  return {
    instances: found.length,
    missing: placed.filter(
      ({ session, provider }) =>
        !present.has(session.instanceId as string) && !blind.includes(provider ?? deps.providers.current.name),
    ),
    unclaimed: found.filter((instance) => isUnclaimed(instance, byId.get(instance.sessionId))),
    leftovers: found.filter(({ sessionId }) => byId.get(sessionId)?.status === 'stopped'),
    forgotten: await findStaleInstances(deps.database, before),
    readdressed: found.flatMap((instance) => {
      const session = byId.get(instance.sessionId);
      return session && isReaddressed(session, instance) ? [{ session, instance }] : [];
    }),
    stalled: placed.map(({ session }) => session).filter((session) => isStalled(session, before)),
    blind,
  };
}

/** What all providers have of this deployment. */
export async function listInstances(deps: InspectionDeps): Promise<{ found: FleetInstance[]; blind: string[] }> {
  const { answers, failures } = await queryAll(deps.providers, (provider) => provider.list(deps.deployment));
  for (const { provider, error } of failures) deps.logger.warn({ provider, err: error }, 'instances_not_listed');
  return {
    found: answers.flatMap(({ provider, answer }) => answer.map((instance) => ({ ...instance, provider }))),
    blind: failures.map(({ provider }) => provider),
  };
}

/**
 * Whether no session is to have this instance. A launch that is under way decides by itself which of its instances it
 * keeps, and the take-down of a stopped session knows its own.
 */
function isUnclaimed(instance: InstanceDescription, session: RelaySession | undefined): boolean {
  if (!session) return true;
  const { status, migration, instanceId } = session;
  if (status === 'provisioning' || status === 'stopped') return false;
  if (migration && isComingUp(migration)) return false;
  return ![instanceId, migration?.instanceId].includes(instance.instanceId);
}

function isReaddressed(session: RelaySession, { instanceId, state, address }: InstanceDescription): boolean {
  if (session.status === 'stopped' || session.status === 'provisioning') return false;
  if (session.instanceId !== instanceId || state !== 'running' || !address) return false;
  return Object.entries(address).some(([name, value]) => session[name as keyof RelaySession] !== value);
}

function isStalled({ migration }: RelaySession, before: Date): boolean {
  if (!migration || migration.step === 'draining' || migration.step === 'failed') return false;
  return migration.startedAt < before;
}
