import { checkReadiness, startAdmin } from './admin.ts';
import type { Core } from './api.ts';
import { createMovableClock, type MovableClock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database/connect.ts';
import { type NotificationListener, startListener } from './database/listener.ts';
import { openPools } from './database/pools.ts';
import { isReadOnly } from './database/read-only.ts';
import { assertSchemaServes } from './database/schema-state.ts';
import { endWithin } from './end-within.ts';
import { ACCOUNT_CHANNEL } from './features/account-view/index.ts';
import { createSeller } from './features/billing/index.ts';
import {
  createAliveMarks,
  LAUNCH_CHANNEL,
  publishManifest,
  type Role,
  SESSION_CHANNEL,
} from './features/relay/index.ts';
import { createLocal, createProviders, type Providers } from './features/relay/providers/index.ts';
import type { LocalProvider } from './features/relay/providers/local/index.ts';
import type { Readiness } from './http/admin-app.ts';
import type { startServer } from './http/server.ts';
import { createBoss, createJobQueue, JOB_CHANNEL, startBoss } from './jobs/job-queue.ts';
import { startTicker } from './jobs/ticker.ts';
import type { Worker } from './jobs/worker.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { startAtZero } from './observability/start-at-zero.ts';
import type { TracingSettings } from './observability/tracing/settings.ts';
import { measureStatements, watchBoth, watchConnections } from './observability/watch-database.ts';
import { publicUrl } from './public-url.ts';
import { type Random, systemRandom } from './random.ts';
import { readVersions } from './versions.ts';

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
  /** What `POST /dev/reset` does; absent: it is refused. Only for a database that was made to be thrown away. */
  reset?: (() => Promise<object>) | undefined;
  /** Opens the server for operators; default: one of this application's own. */
  openAdmin?: typeof startServer | undefined;
  /** False: nothing happens by the clock alone (tests call the worker's runs themselves). */
  ticking?: boolean;
  /** False: the API holds neither requests nor answers against the contract. For the bench, to see what that costs. */
  validates?: boolean;
  /** False: no statement is prepared. For the bench, to see what that saves. */
  prepares?: boolean;
}

/** A running application. */
export interface App {
  /** The public server's address; undefined without the role `api`. */
  url: string | undefined;
  adminUrl: string;
  clock: MovableClock;
  database: Database;
  /** Hears what the database tells of. */
  listener: NotificationListener;
  /** The stand-ins on this machine, whether or not relays come from it. */
  provider: LocalProvider;
  /** Undefined without the role `worker`. */
  worker: Worker | undefined;
  metrics: Metrics;
  /** Whether it has what it needs to do its work. */
  readiness(): Promise<Readiness>;
  /** Moves the clock with the service alive all along: deadlines pass, and no outage is seen. */
  advanceClock(seconds: number): Promise<Date>;
  /** Writes an alive mark and looks for an outage, as happens by itself every few seconds. */
  markAlive(): Promise<void>;
  /** The public server takes no new connections from now on, and goes on for those that there are. */
  refuse(): void;
  /** Answers what is under way, ends jobs at their next step, and closes everything. */
  stop(): Promise<void>;
}

/** How often the alive marks are written, in milliseconds: deadlines act only up to the last one. */
export const ALIVE_EVERY_MS = 3_000;
const CHANNELS = [SESSION_CHANNEL, JOB_CHANNEL, ACCOUNT_CHANNEL, LAUNCH_CHANNEL];
/** How long requests that are under way may take when the process is to end, in milliseconds. */
const DRAIN_MS = 20_000;
/** How long the rest may take behind that, in milliseconds: systemd waits 30 s for all of it. */
const CLOSE_MS = 5_000;

/**
 * Builds the application and starts it: the one place that makes things and hands them on.
 *
 * @throws SchemaMismatchError; Error when the contract and the code differ, or an address is taken.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, roles, databaseUrl, clock = createMovableClock(), random = systemRandom } = options;
  const { directUrl = databaseUrl, queryTimeoutMs } = options;
  const logger = options.logger ?? createLogger({ level: config.logLevel });
  const metrics = createMetrics();
  const versions = readVersions();
  metrics.buildInfo.set(versions, 1);
  startAtZero(metrics, config.relay.supportedRegions);
  const tracer = config.tracing && (await loadTracer({ ...config.tracing, version: versions.version }, metrics));
  const measure = measureStatements(metrics);
  const pools = openPools(
    { databaseUrl, directUrl },
    {
      applicationName: `telemy-${roles.join('-')}`,
      poolSize: 15,
      queryTimeoutMs,
      prepares: options.prepares,
      watch: tracer ? watchBoth(measure, tracer.watchStatements) : measure,
    },
  );
  const { database, direct } = pools;
  const onError = (err: Error) => logger.warn({ err }, 'background_error');

  await assertSchemaServes(database, (unknown) => logger.warn({ unknown }, 'schema_is_newer')).catch(async (error) => {
    await pools.close();
    throw error;
  });
  const alive = createAliveMarks({ database, clock, roles, logger, metrics });
  // The API alone starts as a standby too: the host that the service is about to move to. It marks once it can write.
  const isStandby = !roles.includes('worker') && (await isReadOnly(database));
  // First of all: an outage that ends here must move its deadlines before anyone looks at them.
  if (!isStandby) await alive.mark();
  const boss = createBoss(direct, { supervise: roles.includes('worker'), onError });
  const [listener] = await Promise.all([
    startListener({ url: directUrl, channels: CHANNELS, onError }),
    startBoss(boss, direct),
  ]);
  watchConnections(metrics, direct === database ? { requests: database } : { requests: database, direct }, listener);
  const parts = { config, database, clock, random, logger, takesReports: roles.includes('api') };
  const provider = createLocal(parts);
  const made = await createProviders(parts, provider);
  const providers = tracer ? tracer.withProviders(made) : made;
  // The relays may have outlived a server whose clock had been moved.
  await provider.syncClock().catch(onError);
  const core: Core = {
    config,
    logger,
    metrics,
    tracer,
    clock,
    random,
    plans: config.catalog.plans,
    seller: config.billing.seller && createSeller(config.billing.seller),
    database,
    listener,
    jobs: createJobQueue(boss),
    alive,
    providers,
  };
  if (!isStandby) await publishManifest(database, providers.current.images(), clock.now());

  const draining = new AbortController();
  // Each part is loaded only where it runs: neither needs what the other is made of.
  const api = roles.includes('api')
    ? await (await import('./api.ts')).startApi(core, draining.signal, options.validates)
    : undefined;
  const worker = roles.includes('worker')
    ? (await import('./jobs/worker.ts')).startWorker(core, boss, {
        directUrl,
        publicUrl: publicUrl(config, api),
        ticking: options.ticking ?? true,
      })
    : undefined;
  const advanceClock = async (seconds: number): Promise<Date> => {
    clock.advance(seconds * 1000);
    await alive.jump();
    return clock.now();
  };
  const admin = await startAdmin(core, { ...options, provider, worker, advanceClock });
  const marks = { name: 'alive', everyMs: ALIVE_EVERY_MS, run: () => alive.mark() };
  const ticker = startTicker(options.ticking === false ? [] : [marks], logger, metrics);

  const close = async (): Promise<void> => {
    await ticker.stop();
    await admin.drain(0);
    await listener.stop();
    await boss.stop({ graceful: false, close: false });
    await Promise.all([provider.close(), ...providers.all.map((one) => one.close())]);
    await pools.close();
    await tracer?.stop();
  };

  return {
    url: api?.url,
    adminUrl: admin.url,
    clock,
    database,
    listener,
    provider,
    worker,
    metrics,
    readiness: () => checkReadiness(core),
    advanceClock,
    markAlive: () => alive.mark(),
    refuse: () => api?.refuse(),
    async stop() {
      draining.abort();
      await Promise.all([api?.drain(DRAIN_MS), worker?.stop()]);
      // A mark that waits for a database that hangs must not keep the process beyond what a supervisor allows.
      await endWithin(close(), CLOSE_MS, () => logger.warn({ limit_ms: CLOSE_MS }, 'end_left_waiting'));
    },
  };
}

/** Loaded only where traces are recorded: it costs time and memory. */
async function loadTracer(settings: TracingSettings & { version: string }, metrics: Metrics) {
  const { startTracer } = await import('./observability/tracing/open-telemetry.ts');
  const { traceProviders } = await import('./observability/tracing/trace-providers.ts');
  const onFailure = () => metrics.traceExportFailures.inc();
  const tracer = startTracer({ ...settings, onFailure });
  return { ...tracer, withProviders: (providers: Providers) => traceProviders(providers, tracer) };
}
