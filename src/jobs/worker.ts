import type { PgBoss } from 'pg-boss';
import type { MovableClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { createBackupChores } from '../database/backup/chores.ts';
import type { Database, Transaction } from '../database/connect.ts';
import type { NotificationListener } from '../database/listener.ts';
import { existingUsers } from '../features/account/index.ts';
import { enforcePlanDeadlines, processEvent, reconcileSubscriptions, type Seller } from '../features/billing/index.ts';
import { tellFigures } from '../features/operator-figures.ts';
import {
  type AliveMarks,
  createCloudflare,
  createLaunchNews,
  createLaunchSteps,
  deprovisionSession,
  deriveRelayKey,
  endDrains,
  enforceDeadlines,
  migrateSession,
  provisionSession,
  publishName,
  reconcile,
  stopUnentitled,
  watchMeters,
} from '../features/relay/index.ts';
import type { Providers } from '../features/relay/providers/index.ts';
import { API_ROOT } from '../http/contract-document.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Tracer } from '../observability/tracing/tracer.ts';
import type { Random } from '../random.ts';
import { backupTicks } from './backup-ticks.ts';
import { cleanUp } from './cleanup.ts';
import type { JobQueue } from './job-queue.ts';
import { startJobRunner } from './job-runner.ts';
import { sharedTicks } from './shared-ticks.ts';
import { startTicker, type Tick } from './ticker.ts';

/** What background work needs of the application. */
export interface WorkerDeps {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  /** Undefined: no traces are recorded. */
  tracer: Tracer | undefined;
  clock: MovableClock;
  random: Random;
  database: Database;
  listener: NotificationListener;
  jobs: JobQueue;
  alive: AliveMarks;
  providers: Providers;
  /** Undefined: nothing is sold here. */
  seller: Seller | undefined;
}

/** The part of the application that works without being asked. */
export interface Worker {
  /** Stores every transition that is due; returns how many sessions changed. */
  enforceDeadlines(): Promise<number>;
  /** Ends moves whose old relay has had its time; returns how many. */
  endDrains(): Promise<number>;
  /** Compares the provider's instances with the sessions. */
  reconcile(): ReturnType<typeof reconcile>;
  /** Deletes what was kept for long enough; returns how many rows went, by table. */
  cleanUp(): ReturnType<typeof cleanUp>;
  /** Tells the metrics of sessions whose bill stands still; returns how many there are. */
  watchMeters(): Promise<number>;
  /** Acts on plans that time alone changed; returns how many accounts were looked at. */
  enforcePlanDeadlines(): Promise<number>;
  /** Asks the seller about the subscriptions that are due; returns how many were looked at. */
  reconcileSubscriptions(): Promise<number>;
  /** Tells the metrics what the database holds at present. */
  tellFigures(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** Leads to PostgreSQL itself, not to a pooler. */
  directUrl: string;
  /** Where relays reach the API. */
  publicUrl: string;
  /** Whether the worker acts by the clock, or only when its runs are called. */
  ticking: boolean;
}

/**
 * Most jobs of a kind at once. Launches do little but wait for their provider: one behind the limit would wait for it twice.
 * Webhooks must not hold up those who send them.
 */
const CONCURRENCY = {
  'relay-provision': 500,
  'relay-deprovision': 100,
  'relay-migrate': 50,
  'relay-dns': 4,
  'billing-event': 4,
};

/** Each worker tells its own metrics. */
const METERS_EVERY_MS = 30_000;
const FIGURES_EVERY_MS = 15_000;

/** Starts the jobs and the runs that repeat. */
export function startWorker(core: WorkerDeps, boss: PgBoss, options: WorkerOptions): Worker {
  const { config, logger, metrics, clock, random, database, listener, jobs, alive, providers } = core;
  const dns = dnsOf(config);
  const launches = { steps: createLaunchSteps(database), news: createLaunchNews(listener) };
  const deps = {
    ...launches,
    database,
    clock,
    jobs,
    alive,
    metrics,
    random,
    providers,
    logger,
    deployment: config.deploymentName,
    relayKey: (sessionId: string) => deriveRelayKey(config.secrets.relayShared[0], sessionId),
    healthUrl: `${options.publicUrl}${API_ROOT}/relay/health`,
    hasNames: dns !== undefined,
    statsAccess: config.relay.statsAccess,
    usersAmong: (ids: readonly string[]) => existingUsers(database, ids),
    publishName: (sessionId: string, signal?: AbortSignal) =>
      publishName({ database, clock, jobs, alive, metrics, dns }, sessionId, signal),
  };
  const billing = {
    ...deps,
    catalog: config.catalog,
    seller: core.seller,
    mode: config.billing.mode,
    stopRelays: (trx: Transaction, userId: string) => stopUnentitled(deps, trx, userId),
  };
  const own = { settings: config.backup, url: options.directUrl, metrics: metrics.backup };
  const backups = createBackupChores({ ...own, clock, logger });
  const firstSeen = new Map<string, number>();

  const runs = {
    enforceDeadlines: async () => {
      // Each run, not only with our own marks: the two waits would add up to more than a deadline may be late.
      await alive.refresh();
      return enforceDeadlines(deps);
    },
    endDrains: () => endDrains(deps),
    reconcile: () => reconcile(deps, firstSeen),
    cleanUp: () => cleanUp(database, clock.now()),
    watchMeters: () => watchMeters(deps),
    tellFigures: () => tellFigures(database, clock.now(), Object.keys(CONCURRENCY), metrics),
    enforcePlanDeadlines: () => enforcePlanDeadlines(billing),
    reconcileSubscriptions: () => reconcileSubscriptions(billing),
  };
  const runner = startJobRunner({
    boss,
    listener,
    logger,
    metrics,
    tracer: core.tracer,
    concurrency: CONCURRENCY,
    handlers: {
      'relay-provision': ({ sessionId }, signal) => provisionSession(deps, sessionId, signal),
      'relay-deprovision': ({ sessionId }) => deprovisionSession(deps, sessionId),
      'relay-migrate': ({ sessionId }, signal) => migrateSession(deps, sessionId, signal),
      'relay-dns': ({ sessionId }, signal) => deps.publishName(sessionId, signal),
      'billing-event': ({ eventId }) => processEvent(billing, eventId),
    },
  });
  const chores = providers.all.flatMap(({ name, chores = [] }) => chores.map((chore) => ({ provider: name, chore })));
  const ticks: Tick[] = [
    ...sharedTicks(database, runs, metrics),
    { name: 'figures', everyMs: FIGURES_EVERY_MS, run: runs.tellFigures },
    { name: 'meters', everyMs: METERS_EVERY_MS, run: async () => void (await runs.watchMeters()) },
    ...backupTicks(backups),
    ...chores.map(({ provider, chore: { name, everyMs, run } }) => ({
      name: `${provider}-${name}`,
      everyMs,
      run: () => run(metrics),
    })),
  ];
  const ticker = startTicker(options.ticking ? ticks : [], logger, metrics);

  return {
    ...runs,
    async stop() {
      backups.stop();
      await ticker.stop();
      await runner.stop();
    },
  };
}

/** Where names of relays are kept; undefined: they have none. */
function dnsOf({ dns, relay: { domain } }: Config) {
  return dns === undefined || domain === undefined ? undefined : { client: createCloudflare(dns), domain };
}
