import { randomUUID } from 'node:crypto';
import {
  advance,
  assertTrue,
  type CachedServers,
  makeStreamer,
  type Streamer,
  useCachedServers,
} from '../support/cached-servers.ts';
import { start } from '../support/factories.ts';
import { call } from '../support/http.ts';
import { heartbeat, report, stop } from '../support/relay-calls.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import type { TestApp } from '../support/test-app.ts';

/** How much happens. */
const STEPS = 40;
/** `CACHE_SEED` repeats a run. */
const SEED = Number(process.env.CACHE_SEED || Date.now());

/** What may happen to an account, at a server or behind its back. */
const HAPPENINGS: ((servers: CachedServers, at: TestApp, streamer: Streamer) => Promise<unknown>)[] = [
  (_servers, at, { token }) => start(at, token, { connection_id: randomUUID() }),
  (_servers, at, { token, session }) => heartbeat(at, token, session),
  (_servers, at, { session }) => report(at, session, { ingest_active: true }),
  (_servers, at, { session }) => report(at, session, { ingest_active: false }),
  (_servers, at, { token, session }) => stop(at, token, { session_id: session.session_id }),
  (_servers, at, { token }) => call(at, 'PUT', '/user/stream-slots/1/label', { token, body: { label: randomUUID() } }),
  (_servers, at, { token }) => call(at, 'POST', '/user/regenerate-token', { token, body: {} }),
  (_servers, at, { refreshToken }) => call(at, 'POST', '/auth/refresh', { body: { refresh_token: refreshToken } }),
  ({ first }, _at, { user }) => first.database('users').where({ id: user.id }).update({ plan_tier: 'standard' }),
  ({ first }, _at, { user }) => first.database('users').where({ id: user.id }).update({ plan_tier: 'pro' }),
  (servers) => advance(servers, 40),
  (servers) => advance(servers, 290),
  async ({ first }) => first.worker?.enforceDeadlines(),
];

describe('Two servers that keep accounts', () => {
  const servers = useCachedServers();

  it(`answer like one that keeps nothing, whatever happens (seed ${SEED})`, async () => {
    const random = createSeededRandom(SEED);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
    const { first, second } = servers();
    let streamers = [await makeStreamer(servers()), await makeStreamer(servers())];
    for (let step = 0; step < STEPS; step += 1) {
      if (step === STEPS / 2) streamers = [await makeStreamer(servers()), await makeStreamer(servers())];
      const streamer = pick(streamers);
      const happening = Math.floor(random() * HAPPENINGS.length);
      const at = pick([first, second]);
      await HAPPENINGS[happening]?.(servers(), at, streamer);
      // The word of a heartbeat goes out a little later; the server that took it knows already.
      const readers = HEARTBEATS.includes(happening) ? [at] : [first, second];
      for (const reader of readers) await assertTrue(servers(), reader, pick(streamers), `step ${step}`);
    }
  }).timeout(120_000);
});

/** The places of the heartbeats among the happenings. */
const HEARTBEATS = [1, 2, 3];
