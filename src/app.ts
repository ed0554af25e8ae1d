import { join } from 'node:path';
import { createMovableClock, type MovableClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database/connect.ts';
import { startListener } from './database/listener.ts';
import { pendingMigrations } from './database/migrate.ts';
import { openPools } from './database/pools.ts';
import { createSlotService, type Plans } from './features/account/index.ts';
import { readCycles } from './features/account-cycles.ts';
import { readAccountSnapshot } from './features/account-snapshot.ts';
import { createAuthService, createLoginService } from './features/auth/index.ts';
import { createSeller } from './features/billing/index.ts';
import {
  createAliveMarks,
  createCapacityCache,
  createSessionWatch,
  findBoundKey,
  KEY_TTL_SECONDS,
  publishManifest,
  type Role,
  SESSION_CHANNEL,
} from './features/relay/index.ts';
import { createLocalProvider, type LocalProvider } from './features/relay/providers/local/index.ts';
import { readUsageSessions } from './features/usage-sessions.ts';
import { createAdminApp } from './http/admin-app.ts';
import { createClientAddress } from './http/client-address.ts';
import { createContract } from './http/contract.ts';
import { type ContractDocument, findPolicy, readContractText } from './http/contract-document.ts';
import { createOperations } from './http/operations.ts';
import { createPublicApp } from './http/public-app.ts';
import { createMemoryRateLimiter } from './http/rate-limiter.ts';
import { createResponseFaults } from './http/response-faults.ts';
import { createRunner } from './http/run-operation.ts';
import { createSecurity } from './http/security.ts';
import { type RunningServer, startServer } from './http/server.ts';
import { createUserLimits } from './http/user-limits.ts';
import { createBoss, createJobQueue, JOB_CHANNEL, startBoss } from './jobs/job-queue.ts';
import { startTicker } from './jobs/ticker.ts';
import { startWorker, type Worker, type WorkerDeps } from './jobs/worker.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { type Random, systemRandom } from './random.ts';

export interface AppOptions {
  config: Config;
  /** Which parts run in this process. */
  roles: readonly Role[];
  databaseUrl: string;
  /** Default: `databaseUrl`. */
  directUrl?: string | undefined;
  /** How long to wait for the result of a statement, in milliseconds. */
  queryTimeoutMs?: number | undefined;
  clock?: MovableClock;
  random?: Random;
  logger?: Logger;
  /** False: nothing happens by the clock alone (tests call the worker's runs themselves). */
  ticking?: boolean;
}

/** A running application. */
export interface App {
  /** The public server's address; undefined without the role `api`. */
  url: string | undefined;
  adminUrl: string;
  clock: MovableClock;
  database: Database;
  provider: LocalProvider;
  /** Undefined without the role `worker`. */
  worker: Worker | undefined;
  /** Moves the clock with the service alive all along: deadlines pass, and no outage is seen. */
  advanceClock(seconds: number): Promise<Date>;
  /** Writes an alive mark and looks for an outage, as happens by itself every few seconds. */
  markAlive(): Promise<void>;
  /** Answers what is under way, ends jobs at their next step, and closes everything. */
  stop(): Promise<void>;
}

/** How often the alive marks are written, in milliseconds: deadlines act only up to the last one. */
export const ALIVE_EVERY_MS = 3_000;
/** How long requests that are under way may take when the process is to end, in milliseconds. */
const DRAIN_MS = 20_000;

/** What the parts of the application have in common. */
interface Core extends WorkerDeps {
  plans: Plans;
  provider: LocalProvider;
}

/**
 * Builds the application and starts it: the one place that makes things and hands them on.
 *
 * @throws SchemaOutdatedError; Error when the contract and the code differ, or an address is taken.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, roles, databaseUrl, clock = createMovableClock(), random = systemRandom } = options;
  const { directUrl = databaseUrl, queryTimeoutMs } = options;
  const logger = options.logger ?? createLogger({ level: config.logLevel });
  const metrics = createMetrics();
  const pools = openPools(
    { databaseUrl, directUrl },
    { applicationName: `telemy-${roles.join('-')}`, poolSize: 15, queryTimeoutMs },
  );
  const { database, direct } = pools;
  const onError = (err: Error) => logger.warn({ err }, 'background_error');

  await assertMigrated(database);
  const alive = createAliveMarks({ database, clock, roles, logger, metrics });
  // First of all: an outage that ends here must move its deadlines before anyone looks at them.
  await alive.mark();
  const boss = createBoss(direct, { supervise: roles.includes('worker'), onError });
  const [listener] = await Promise.all([
    startListener({ url: directUrl, channels: [SESSION_CHANNEL, JOB_CHANNEL], onError }),
    startBoss(boss, direct),
  ]);
  const provider = createLocalProvider({
    stateDir: join(config.dataDir, 'relays'),
    regions: config.relay.supportedRegions,
    onMessage: (message) => logger.info({ provider: 'local' }, message),
    // It is the API that judges how old a report is.
    ...(roles.includes('api') ? { clockOffsetMs: () => clock.offsetMs } : {}),
  });
  // The relays may have outlived a server whose clock had been moved.
  await provider.syncClock().catch(onError);
  const core: Core = {
    config,
    logger,
    metrics,
    clock,
    random,
    plans: config.catalog.plans,
    seller: config.billing.seller && createSeller(config.billing.seller),
    database,
    listener,
    jobs: createJobQueue(boss),
    alive,
    provider,
  };
  await publishManifest(database, provider.images(), clock.now());

  const draining = new AbortController();
  const api = roles.includes('api') ? await startApi(core, draining.signal) : undefined;
  const worker = roles.includes('worker')
    ? startWorker(core, boss, { publicUrl: publicUrl(config, api), ticking: options.ticking ?? true })
    : undefined;
  const advanceClock = async (seconds: number): Promise<Date> => {
    clock.advance(seconds * 1000);
    await alive.jump();
    return clock.now();
  };
  const admin = await startAdmin(core, worker, advanceClock);
  const ticks = [{ name: 'alive', everyMs: ALIVE_EVERY_MS, run: () => alive.mark() }];
  const ticker = startTicker(options.ticking === false ? [] : ticks, logger, metrics);

  return {
    url: api?.url,
    adminUrl: admin.url,
    clock,
    database,
    provider,
    worker,
    advanceClock,
    markAlive: () => alive.mark(),
    async stop() {
      draining.abort();
      await Promise.all([api?.drain(DRAIN_MS), worker?.stop()]);
      await ticker.stop();
      await admin.drain(0);
      await listener.stop();
      await boss.stop({ graceful: false, close: false });
      await provider.close();
      await pools.close();
    },
  };
}

/** The database has to be migrated first. */
export class SchemaOutdatedError extends Error {
  override name = 'SchemaOutdatedError';
}

async function assertMigrated(database: Database): Promise<void> {
  const pending = await pendingMigrations(database);
  if (pending.length === 0) return;
  await database.destroy();
  throw new SchemaOutdatedError(
    `The database lacks ${pending.length} migrations (${pending.join(', ')}). Run \`npm run migrate\` first.`,
  );
}

function publicUrl(config: Config, api: RunningServer | undefined): string {
  return config.publicBaseUrl ?? api?.url ?? `http://localhost:${config.listen.port}`;
}

async function startApi(core: Core, draining: AbortSignal): Promise<RunningServer> {
  const { config, logger, metrics, clock, random, plans, database, alive, jobs, provider } = core;
  const document = JSON.parse(readContractText()) as ContractDocument;
  const auth = createAuthService({
    database,
    clock,
    random,
    logger,
    jwtSecrets: config.secrets.jwt,
    refreshSecrets: config.secrets.refreshToken,
  });
  const slots = createSlotService({ database, plans, random, clock });
  const snapshots = { clock, alive, plans };
  const readSnapshot = (account: Parameters<typeof readAccountSnapshot>[2]) =>
    readAccountSnapshot(snapshots, database, account);
  const limiter = createMemoryRateLimiter(config.rateLimitFactor);
  const limits = createUserLimits(limiter);
  let server: RunningServer | undefined;

  const handlers = createOperations({
    auth: {
      auth,
      logins: createLoginService({ database, clock, random, auth, pollPaceMs: pollPace(document, config) }),
      slots,
      readSnapshot,
      publicBaseUrl: () => publicUrl(config, server),
    },
    relay: {
      database,
      clock,
      jobs,
      alive,
      metrics,
      random,
      regions: {
        supported: config.relay.supportedRegions,
        default: config.relay.defaultRegion,
        aliases: config.relay.regionAliases,
      },
      capacity: createCapacityCache(provider, clock, logger),
      metering: config.meteringPolicy,
      readCycles: (trx, userId) => readCycles(snapshots, trx, userId),
      readEntitlement: async (trx, account) => (await readAccountSnapshot(snapshots, trx, account)).entitlement,
      slots,
      watch: createSessionWatch(core.listener, metrics),
    },
    slots,
    usage: {
      readUsage: readSnapshot,
      readSessions: (account, request) => readUsageSessions(snapshots, database, account, request),
    },
    billing: {
      database,
      clock,
      random,
      logger,
      jobs,
      catalog: config.catalog,
      seller: core.seller,
      storeId: config.billing.storeId,
      testMode: config.billing.mode === 'test',
      redirectOrigins: config.billing.redirectOrigins,
    },
  });

  const contract = await createContract({
    document,
    handlers,
    security: createSecurity({
      auth,
      relayShared: config.secrets.relayShared,
      pluginLoginComplete: config.secrets.pluginLoginComplete,
      billingWebhook: config.billing.webhookSecrets,
      logger,
    }),
    minClientVersion: config.minClientVersion,
    limits,
    run: createRunner({
      handlers,
      limiter,
      limits,
      knowsKey: async (userId, operation, key) => {
        const oldest = new Date(clock.now().getTime() - KEY_TTL_SECONDS * 1000);
        return (await findBoundKey(database, userId, operation, key, oldest)) !== null;
      },
    }),
  });

  const app = createPublicApp({
    contract,
    globalLimits: document['x-rate-limit'],
    limiter,
    clientAddress: createClientAddress(config.trustedProxies),
    draining,
    responseFaults: createResponseFaults(),
    enforce: config.environment !== 'production',
    logger,
    metrics,
  });
  server = await startServer(app.callback(), config.listen);
  return server;
}

/** The contract's pace of polls, scaled like every other limit. */
function pollPace(document: ContractDocument, config: Config): number {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path)) as never[];
  const poll = (operations as { operationId?: string }[]).find(
    (operation) => operation.operationId === 'pollPluginLogin',
  );
  const { window_seconds: seconds } = findPolicy(poll as never, 'attempt');
  return config.rateLimitFactor === 0 ? 0 : (seconds * 1000) / config.rateLimitFactor;
}

function startAdmin(
  core: Core,
  worker: Worker | undefined,
  advanceClock: (seconds: number) => Promise<Date>,
): Promise<RunningServer> {
  const { config, database, listener, clock, provider, metrics, logger } = core;
  const app = createAdminApp({
    readiness: {
      database: async () => {
        await database.raw('select 1');
      },
      listener: async () => {
        if (!listener.connected) throw new Error('not connected');
      },
    },
    switches:
      config.environment === 'production'
        ? undefined
        : {
            now: () => clock.now(),
            async advanceClock(seconds) {
              const now = await advanceClock(seconds);
              await worker?.enforceDeadlines();
              // The relays live in the same time; otherwise all they say would be late.
              await provider.syncClock();
              return now;
            },
            readFaults: () => provider.faults.get(),
            setFaults: (faults) => provider.faults.set(faults),
            async resetFaults() {
              await provider.faults.reset();
              return provider.faults.get();
            },
          },
    metrics,
    logger,
  });
  return startServer(app.callback(), config.adminListen);
}
