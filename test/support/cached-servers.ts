import assert from 'node:assert/strict';
import { sampleOf, scrape } from '../observability/scrape.ts';
import { type DatabaseProxy, openDatabaseProxy } from './database-proxy.ts';
import { type SignedIn, signInNewUser, startActive } from './factories.ts';
import { freezeClock } from './freeze-clock.ts';
import { call } from './http.ts';
import { startTestApp, type TestApp } from './test-app.ts';

/** Servers on one database, with clocks that stand still and go together. */
export interface CachedServers {
  /** The one with the worker. */
  first: TestApp;
  /** An API alone, whose listener goes through the proxy. */
  second: TestApp;
  /** An API alone that keeps nothing: what it reads is what is true. */
  plain: TestApp;
  proxy: DatabaseProxy;
}

/** A user with a relay that is active. */
export interface Streamer extends SignedIn {
  session: { session_id: string; instance_id: string };
}

/** Starts the servers before the tests of the surrounding `describe` and stops them behind them. */
export function useCachedServers(): () => CachedServers {
  let servers: CachedServers | undefined;
  before(async () => {
    const first = await startTestApp();
    const { databaseUrl } = first;
    const proxy = await openDatabaseProxy(databaseUrl);
    const second = await startTestApp({ roles: ['api'], databaseUrl, directUrl: proxy.url });
    const plain = await startTestApp({ roles: ['api'], databaseUrl, env: { READ_CACHE: 'off' } });
    const clock = freezeClock(first);
    for (const app of [second, plain]) Object.assign(app.clock, { now: clock.now, advance: () => {} });
    servers = { first, second, plain, proxy };
    await first.provider.faults.set({ silent_relay: true });
  });
  after(async () => {
    if (!servers) return;
    for (const app of [servers.plain, servers.second]) await app.stop();
    await servers.proxy.close();
    await servers.first.stop();
  });
  return () => {
    if (!servers) throw new Error('The servers are there only while tests run.');
    return servers;
  };
}

/** Moves the clock of all servers, with the service alive all along. */
export async function advance({ first, second, plain }: CachedServers, seconds: number): Promise<void> {
  for (const app of [first, second, plain]) await app.advanceClock(seconds);
}

export async function makeStreamer({ first }: CachedServers): Promise<Streamer> {
  const signedIn = await signInNewUser(first);
  return { ...signedIn, session: await startActive(first, signedIn.token) };
}

/** What the hot reads answer, each with its status. */
export async function readAll(app: TestApp, { token, session }: Streamer): Promise<unknown> {
  const paths = ['/auth/session', '/relay/active', `/relay/sessions/${session.session_id}`];
  const answers: unknown[] = [];
  for (const path of paths) {
    const { status, body } = await call(app, 'GET', path, { token });
    // Errors name their request.
    answers.push([path, status, status < 400 ? body : body.error.code]);
  }
  return answers;
}

/** How many statements a server has sent so far. */
export async function countStatements(app: TestApp): Promise<number> {
  const samples = await scrape(app);
  return samples
    .filter(({ name }) => name === 'telemy_database_statement_duration_seconds_count')
    .reduce((sum, { value }) => sum + value, 0);
}

/** How many statements `act` makes a server send. */
export async function statementsOf(app: TestApp, act: () => Promise<unknown>): Promise<number> {
  const before = await countStatements(app);
  await act();
  return (await countStatements(app)) - before;
}

/** Reads until both cached servers keep all of it; that the second does is made sure of, the first has a worker besides. */
export async function warmUp({ first, second }: CachedServers, streamer: Streamer): Promise<void> {
  for (const app of [first, second, first, second]) await readAll(app, streamer);
  assert.equal(await statementsOf(second, () => readAll(second, streamer)), 0);
}

/** The server, asked without waiting for what it hears from the database. */
export function inHaste(app: TestApp): TestApp {
  return { ...app, catchUp: async () => {} };
}

/** Reads at a server with a result, such as `bypass`. */
export async function countReads(app: TestApp, result: string): Promise<number> {
  return sampleOf(await scrape(app), 'telemy_account_reads_total', { result });
}

/**
 * A server answers what the one that keeps nothing answers. Launches run on meanwhile, so that must be the same before and
 * behind the answer.
 */
export async function assertTrue(
  { first, plain }: CachedServers,
  reader: TestApp,
  streamer: Streamer,
  when = '',
): Promise<void> {
  for (;;) {
    const before = await readAll(plain, streamer);
    const judged = await readAll(reader, streamer);
    const after = await readAll(plain, streamer);
    if (JSON.stringify(before) !== JSON.stringify(after)) continue;
    return assert.deepEqual(judged, after, `${when} ${reader.adminUrl === first.adminUrl ? 'first' : 'second'}`);
  }
}
