import type { Config } from './config.ts';
import { createSlotService, endPageSessions, findUserOfPageSession, type Plans } from './features/account/index.ts';
import { readCycles } from './features/account-cycles.ts';
import { readAccountSnapshot } from './features/account-snapshot.ts';
import { createUserCache, openAccountNotices } from './features/account-view/index.ts';
import {
  createAuthService,
  createBrowserLogins,
  createDeviceService,
  createIdentityService,
  createLoginService,
  createOidcClient,
} from './features/auth/index.ts';
import { createCapacityService } from './features/capacity/index.ts';
import {
  createCapacityCache,
  createLeaseRenewal,
  createSessionWatch,
  findBoundKey,
  KEY_TTL_SECONDS,
  readLaunchFigures,
  SESSION_CHANNEL,
} from './features/relay/index.ts';
import { readUsageSessions } from './features/usage-sessions.ts';
import { createClientAddress, createPeerTrust } from './http/client-address.ts';
import { createClientCountry } from './http/client-country.ts';
import { createContract } from './http/contract.ts';
import { type ContractDocument, findPolicy, readContractText } from './http/contract-document.ts';
import { traceRequests } from './http/middleware/trace.ts';
import { createOperations } from './http/operations.ts';
import { createPublicApp } from './http/public-app.ts';
import { createResponseFaults } from './http/response-faults.ts';
import { createRunner } from './http/run-operation.ts';
import { createSecurity } from './http/security.ts';
import { type RunningServer, startServer } from './http/server.ts';
import { openRateLimiter } from './http/shared-rate-limiter.ts';
import { createUserLimits } from './http/user-limits.ts';
import { warmUp } from './http/warm-up.ts';
import type { WorkerDeps } from './jobs/worker.ts';
import { countPreviousSecrets } from './previous-secrets.ts';
import { publicUrl } from './public-url.ts';
import { createPages } from './web/pages-app.ts';

/** What the parts of the application have in common. */
export interface Core extends WorkerDeps {
  plans: Plans;
}

/**
 * Builds the role `api`: the contract's operations with all that they need, and the public server.
 *
 * @param validates false: neither requests nor answers are held against the contract, as the bench wants it once.
 */
export async function startApi(core: Core, draining: AbortSignal, validates = true): Promise<RunningServer> {
  const { config, logger, metrics, clock, random, plans, database, alive, jobs, providers } = core;
  const document = JSON.parse(readContractText()) as ContractDocument;
  const previousUses = countPreviousSecrets(config, metrics);
  const accounts = createUserCache({
    clock,
    isCurrent: () => config.readCache && core.listener.isCurrent,
    onRead: (result) => metrics.accountReads.inc({ result }),
    onDrop: (cause) => metrics.accountDrops.inc({ cause }),
  });
  // Before the watch of sessions: whom that wakes must not read what was kept before.
  const notices = openAccountNotices({
    database,
    listener: core.listener,
    random,
    cache: accounts,
    alsoHeard: [SESSION_CHANNEL],
    onError: (err) => logger.warn({ err }, 'background_error'),
  });
  const auth = createAuthService({
    database,
    clock,
    random,
    logger,
    metrics,
    jwtSecrets: config.secrets.jwt,
    refreshSecrets: config.secrets.refreshToken,
    previousUses,
    accounts,
    notices,
  });
  const slots = createSlotService({ database, plans, random, clock });
  const snapshots = { clock, alive, plans };
  const readSnapshot = (account: Parameters<typeof readAccountSnapshot>[2]) =>
    readAccountSnapshot(snapshots, database, account, accounts);
  const regions = config.relay.supportedRegions;
  // New relays come from this provider alone.
  const capacity = createCapacityCache({ provider: providers.current, regions, clock, logger, metrics });
  const limiter = openRateLimiter(config.rateLimitStore, {
    ...core,
    factor: config.rateLimitFactor,
    secret: config.secrets.jwt[0],
  });
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
        supported: regions,
        default: config.relay.defaultRegion,
        aliases: config.relay.regionAliases,
      },
      capacity,
      metering: config.meteringPolicy,
      readCycles: (trx, userId) => readCycles(snapshots, trx, userId),
      readEntitlement: async (trx, account) => (await readAccountSnapshot(snapshots, trx, account)).entitlement,
      slots,
      accounts,
      notices,
      renewLease: createLeaseRenewal(database),
      watch: createSessionWatch(core.listener, metrics, core.tracer),
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
      jobs,
      catalog: config.catalog,
      seller: core.seller,
      storeId: config.billing.storeId,
      testMode: config.billing.mode === 'test',
      redirectOrigins: config.billing.redirectOrigins,
    },
    capacity: createCapacityService({
      capacity,
      readFigures: (now) => readLaunchFigures(database, regions, now),
      usualStartSeconds: providers.current.usualStartSeconds,
      clock,
      logger,
    }),
  });

  const contract = await createContract({
    document,
    handlers,
    security: createSecurity({
      auth,
      relayShared: config.secrets.relayShared,
      pluginLoginComplete: config.secrets.pluginLoginComplete,
      billingWebhook: config.billing.webhookSecrets,
      previousUses,
      logger,
    }),
    minClientVersion: config.minClientVersion,
    limits,
    validates,
    run: createRunner({
      handlers,
      limiter,
      limits,
      changed(userId, { operationId, failed }) {
        // A report says by itself whether it moved more than a lease.
        if (failed || operationId !== 'reportRelayHealth') notices.changed(userId);
      },
      knowsKey: async (userId, operation, key) => {
        const oldest = new Date(clock.now().getTime() - KEY_TTL_SECONDS * 1000);
        return (await findBoundKey(database, userId, operation, key, oldest)) !== null;
      },
    }),
  });

  const responseFaults = validates ? createResponseFaults() : () => [];
  const app = createPublicApp({
    contract,
    globalLimits: document['x-rate-limit'],
    trace: core.tracer && traceRequests(core.tracer, createPeerTrust(config.trustedProxies, config.cloudflareRanges)),
    limiter,
    pages: createPages({
      ...core,
      limiter,
      secrets: config.secrets.jwt,
      onPreviousSecret: previousUses.jwt,
      publicBaseUrl: () => publicUrl(config, server),
      logins: createBrowserLogins(core),
      devices: createDeviceService({ database, clock, notices }),
      accounts: {
        findSignedIn: ({ userId, since }) => findUserOfPageSession(database, userId, since),
        signOut: (userId) => endPageSessions(database, userId, clock.now()),
        readSnapshot,
      },
      signIn: config.oidc && {
        oidc: createOidcClient(config.oidc),
        identities: createIdentityService({ ...core, trustsEmail: config.oidc.emailTrusted }),
        providerName: config.oidc.providerName,
      },
    }),
    clientAddress: createClientAddress(config.trustedProxies, config.cloudflareRanges),
    clientCountry: await createClientCountry(config.geoipFile),
    draining,
    responseFaults,
    enforce: config.environment !== 'production',
    logger,
    metrics,
  });
  for (const { operationId: operation } of contract.operations) {
    metrics.contractViolations.inc({ operation }, 0);
    metrics.rateLimited.inc({ operation }, 0);
  }
  server = await startServer(app.callback(), config.listen);
  // Elsewhere processes come and go, and few operations of each are ever used.
  if (config.environment === 'production') void warmUp({ contract, responseFaults, signal: draining, logger });
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
