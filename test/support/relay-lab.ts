import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { connectDatabase, type Database } from '../../src/database/connect.ts';
import {
  createSlotService,
  createUser,
  existingUsers,
  findUser,
  type PlanTier,
} from '../../src/features/account/index.ts';
import { readCycles } from '../../src/features/account-cycles.ts';
import { type AccountSnapshot, readAccountSnapshot } from '../../src/features/account-snapshot.ts';
import { createUserCache, type UserCache } from '../../src/features/account-view/index.ts';
import { createAliveMarks } from '../../src/features/relay/alive-marks.ts';
import type { DeprovisionDeps } from '../../src/features/relay/deprovision-job.ts';
import type { HealthDeps } from '../../src/features/relay/health-service.ts';
import { createLeaseRenewal } from '../../src/features/relay/heartbeat-store.ts';
import { createLaunchNews } from '../../src/features/relay/launch-news.ts';
import type { LaunchDeps } from '../../src/features/relay/launch-purpose.ts';
import { createLaunchSteps } from '../../src/features/relay/launch-steps.ts';
import type { MigrateDeps } from '../../src/features/relay/migrate-service.ts';
import { toProviders } from '../../src/features/relay/providers/index.ts';
import type { ReconcileDeps } from '../../src/features/relay/reconcile-job.ts';
import type { Metering, RelaySession } from '../../src/features/relay/session.ts';
import { type StartDeps, type StartRequest, startRelay } from '../../src/features/relay/start-service.ts';
import type { JobName } from '../../src/jobs/job-queue.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { systemRandom } from '../../src/random.ts';
import { CATALOG } from './plans.ts';
import { createScriptedProvider, DEPLOYMENT, type ScriptedProvider } from './scripted-provider.ts';
import { createStillClock, type StillClock } from './still-clock.ts';
import { createTestDatabase } from './test-run.ts';

/** The relay services themselves on a real database, with a clock that stands still and a provider in memory. */
export interface RelayLab {
  database: Database;
  clock: StillClock;
  provider: ScriptedProvider;
  /** What every service and job of the relay feature takes. */
  deps: StartDeps &
    MigrateDeps &
    HealthDeps &
    LaunchDeps &
    DeprovisionDeps &
    ReconcileDeps & {
      /** Keeps nothing: the services are looked at without it. */
      accounts: UserCache;
    };
  /** Jobs that were asked for and not taken from here yet. */
  jobs: { name: JobName; sessionId: string }[];
  /** Lines of the log. */
  logLines: string[];
  makeUser(plan?: PlanTier): Promise<string>;
  start(userId: string, values?: Partial<StartRequest>): Promise<RelaySession>;
  readSnapshot(userId: string): Promise<AccountSnapshot>;
  close(): Promise<void>;
}

export const LAB_START = '2026-05-12T09:00:00.000Z';

export interface RelayLabOptions {
  /** A database and a clock to work on; without them the lab has its own. */
  shared?: { database: Database; clock: StillClock };
  /** What sessions are billed for; default: the time in `active`. */
  metering?: Metering;
}

export async function createRelayLab(options: RelayLabOptions = {}): Promise<RelayLab> {
  const { shared } = options;
  const own = shared ? undefined : await createTestDatabase();
  const database =
    shared?.database ?? connectDatabase({ url: own?.url as string, applicationName: 'telemy-lab', poolSize: 8 });
  const clock = shared?.clock ?? createStillClock(LAB_START);
  const provider = createScriptedProvider();
  const metrics = createMetrics();
  const logLines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) });
  const alive = createAliveMarks({ database, clock, roles: ['api', 'worker'], logger, metrics });
  await alive.jump();
  const jobs: RelayLab['jobs'] = [];
  const slots = createSlotService({ database, plans: CATALOG.plans, random: systemRandom, clock });
  const snapshots = { clock, alive, plans: CATALOG.plans };
  const deps: RelayLab['deps'] = {
    database,
    clock,
    metrics,
    alive,
    steps: createLaunchSteps(database),
    renewLease: createLeaseRenewal(database),
    news: createLaunchNews({ on: () => () => {} }),
    providers: toProviders([provider], provider.name),
    hasNames: true,
    statsAccess: 'open',
    usersAmong: (ids) => existingUsers(database, ids),
    logger,
    random: systemRandom,
    deployment: DEPLOYMENT,
    jobs: {
      enqueue: async (_trx, name, data) => void jobs.push({ name, ...(data as { sessionId: string }) }),
      enqueueAll: async () => {
        throw new Error('Nothing here asks for many jobs at once.');
      },
      isPending: async (name, data) =>
        jobs.some((job) => job.name === name && job.sessionId === (data as { sessionId: string }).sessionId),
    },
    relayKey: (sessionId) => `key of ${sessionId}`,
    healthUrl: 'http://127.0.0.1:9/api/v1/relay/health',
    regions: { supported: ['us-east-1', 'eu-west-1'], default: 'us-east-1', aliases: new Map() },
    metering: options.metering ?? 'session',
    readCycles: (trx, id) => readCycles(snapshots, trx, id),
    capacity: { hasAny: async () => true, hasIn: async () => true, retryAfterSeconds: 30 },
    readEntitlement: async (trx, account) => (await readAccountSnapshot(snapshots, trx, account)).entitlement,
    slots,
    accounts: createUserCache({ clock, isCurrent: () => false, onRead: () => {}, onDrop: () => {} }),
    notices: { changed: () => {}, renewed: () => {} },
  };

  return {
    database,
    clock,
    provider,
    deps,
    jobs,
    logLines,
    async makeUser(planTier = 'pro') {
      const account = await createUser(
        { database, clock, random: systemRandom },
        { email: `${randomUUID()}@example.com`, planTier },
      );
      return account.id;
    },
    async start(userId, values = {}) {
      const request: StartRequest = {
        userId,
        idempotencyKey: randomUUID(),
        regionPreference: undefined,
        connectionId: null,
        streamToken: undefined,
        streamSlot: undefined,
        requestedBy: 'test',
        callerAddress: '203.0.113.7',
        requestId: randomUUID(),
        ...values,
      };
      return (await startRelay(deps, request)).session;
    },
    async readSnapshot(userId) {
      const account = await findUser(database, userId);
      if (!account) throw new Error(`There is no user ${userId}.`);
      return readAccountSnapshot(snapshots, database, account);
    },
    async close() {
      if (!own) return;
      await database.destroy();
      await own.drop();
    },
  };
}

/** A lab for the tests of the surrounding `describe`. */
export function useRelayLab(options: RelayLabOptions = {}): () => RelayLab {
  let lab: RelayLab | undefined;
  before(async () => {
    lab = await createRelayLab(options);
  });
  after(async () => {
    await lab?.close();
  });
  return () => {
    if (!lab) throw new Error('The lab is there only while tests run.');
    return lab;
  };
}
