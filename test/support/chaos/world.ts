import { join } from 'node:path';
import { createMovableClock } from '../../../src/clock.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { connectDatabase, type Database } from '../../../src/database/connect.ts';
import { createLocalProvider, type LocalProvider } from '../../../src/features/relay/providers/local/index.ts';
import { openQuietSeller, type SteppingClock } from '../../crash/billing-histories.ts';
import { type DatabaseProxy, openDatabaseProxy } from '../database-proxy.ts';
import type { LemonSqueezyStandIn } from '../lemonsqueezy/index.ts';
import { openDeployment } from '../ops/deployment.ts';
import { startEdge } from '../ops/edge.ts';
import { openStandbyPair, type StandbyPair } from '../ops/standby-pair.ts';
import { sellerEnv } from '../shop.ts';
import { TEST_SECRETS } from '../test-app.ts';
import { createTestDatabase } from '../test-run.ts';
import { createFleet, type Fleet } from './fleet.ts';

export interface WorldOptions {
  apis: number;
  workers: number;
  /** Debian's PostgreSQL with a synchronous standby; otherwise the run's own, which nobody can restart. */
  standby: boolean;
}

/** Everything that a chaos run works with: processes, the way to their database, relays and a seller. */
export interface World {
  fleet: Fleet;
  /** Wanted numbers of processes. */
  size: Pick<WorldOptions, 'apis' | 'workers'>;
  /** The way of all processes to the database. */
  proxy: DatabaseProxy;
  postgres: StandbyPair | undefined;
  /** The database itself, past the proxy. */
  databaseUrl(): string;
  /** Works on the database, past the proxy, over connections that are closed behind it. */
  withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T>;
  provider: LocalProvider;
  deployment: string;
  /** `performance.now()` until which the service may still believe that the provider is full. */
  fullUntil: number;
  seller: LemonSqueezyStandIn;
  sellerClock: SteppingClock;
  config: Config;
  close(): Promise<void>;
}

/** Starts everything. @throws Error when a part doesn't come up; nothing is left then. */
export async function openWorld(size: WorldOptions): Promise<World> {
  const ends: (() => Promise<unknown> | unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const postgres = size.standby ? await openStandbyPair() : undefined;
    if (postgres) ends.push(postgres.remove);
    await postgres?.primary().query('create database telemy');
    const own = postgres ? undefined : await createTestDatabase();
    if (own) ends.push(own.drop);
    const databaseUrl = () => postgres?.primary().urlOf('telemy') ?? (own?.url as string);

    const proxy = await openDatabaseProxy(databaseUrl());
    ends.push(proxy.close);
    const { standIn: seller, clock: sellerClock } = await openQuietSeller();
    ends.push(() => seller.close());
    let origin = { hostname: '127.0.0.1', port: 9 };
    const edge = await startEdge(() => pickOrigin(fleet, origin));
    ends.push(edge.close);
    const env = { ...sellerEnv(seller), DATABASE_URL: proxy.url, PUBLIC_BASE_URL: edge.url };
    const deployment = await openDeployment(async () => env);
    ends.push(deployment.close);
    if (postgres) await deployment.command('migrate');
    const fleet = createFleet(deployment);
    const roles = [...Array(size.apis).fill('api'), ...Array(size.workers).fill('worker')] as ('api' | 'worker')[];
    await Promise.all(roles.map((role) => fleet.add(role)));
    origin = pickOrigin(fleet, origin);
    const config = loadConfig({ NODE_ENV: 'test', ...TEST_SECRETS, ...env, DATA_DIR: deployment.dataDir });
    const stateDir = join(deployment.dataDir, 'relays');
    const provider = createLocalProvider({ stateDir, regions: config.relay.supportedRegions });
    ends.push(provider.close);
    return {
      fleet,
      size,
      proxy,
      postgres,
      databaseUrl,
      async withDatabase(work) {
        const database = connectDatabase({ url: databaseUrl(), applicationName: 'telemy-chaos', poolSize: 2 });
        try {
          return await work(database);
        } finally {
          await database.destroy();
        }
      },
      provider,
      deployment: deployment.name,
      fullUntil: Number.NEGATIVE_INFINITY,
      seller,
      sellerClock,
      config,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An API that is there, where relays' reports go; the last one while there is none. */
function pickOrigin(fleet: Fleet, last: { hostname: string; port: number }): { hostname: string; port: number } {
  const [first] = fleet.apis();
  if (!first) return last;
  const { hostname, port } = new URL(first.server.url);
  return { hostname, port: Number(port) };
}

/** What makes users, signs them in and sells to them, at an API that is there. */
export function shopfrontOf(world: World, database: Database) {
  const [api] = world.fleet.apis();
  if (!api) throw new Error('No API is there.');
  return { url: api.server.url, database, clock: createMovableClock(), config: world.config };
}
