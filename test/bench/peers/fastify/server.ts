import { timingSafeEqual } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import type { Pool } from 'pg';
import type { Plans } from '../../../../src/features/account/index.ts';
import { monthlyCycle } from '../../../../src/features/usage/index.ts';
import { createQueries, type UserRow } from './queries.ts';
import { ACCOUNT, ACTIVE_QUERY, ALIVE, CURRENT_USAGE, NOTED, REPORT, SESSION_ENVELOPE } from './schemas.ts';
import { toAccount, toSession, toUsage } from './views.ts';

export interface FastifyPeerOptions {
  pool: Pool;
  jwtSecret: string;
  relayKey: string;
  plans: Plans;
}

interface Claims {
  sub: string;
  sid: string;
  rc: number;
}

/** How long a report keeps a session alive, in milliseconds. */
const LEASE_MS = 300_000;

/** Tokens whose claims are kept: half the work of verifying them anew. */
const CACHED_TOKENS = 10_000;

/** What Fastify answers with the status that an error has. */
const failure = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });

/**
 * What somebody would write who wants these answers fast and has no contract: as many queries as the Go service made,
 * prepared; tokens verified without promises; answers written by compiled serializers.
 */
export function createFastifyPeer({ pool, jwtSecret, relayKey, plans }: FastifyPeerOptions): FastifyInstance {
  const app = fastify({ logger: false });
  const queries = createQueries(pool);
  const verify = createVerifier({
    key: jwtSecret,
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'sid', 'exp'],
    cache: CACHED_TOKENS,
  });
  const sharedKey = Buffer.from(relayKey);

  /** The caller's id. */
  const signedIn = async ({ headers: { authorization = '' } }: FastifyRequest): Promise<string> => {
    const { sub, sid, rc } = readToken(authorization);
    if (!(await queries.isSignedIn(sid, sub, rc))) throw failure(401, 'signed out');
    return sub;
  };
  const readToken = (authorization: string): Claims => {
    if (!authorization.startsWith('Bearer ')) throw failure(401, 'no token');
    try {
      return verify(authorization.slice(7));
    } catch (error) {
      throw failure(401, (error as Error).message);
    }
  };
  const existing = async (userId: string): Promise<UserRow> => {
    const user = await queries.user(userId);
    if (!user) throw failure(401, 'no such user');
    return user;
  };
  const storedSeconds = async (userId: string, cycle: { start: Date; end: Date }): Promise<number> =>
    (await queries.billedSeconds(userId, cycle)) + (await queries.adjustedSeconds(userId, cycle));

  app.get('/healthz', { schema: { response: { 200: ALIVE } } }, async () => ({ status: 'ok' }));

  app.get<{ Querystring: { connection_id?: string } }>(
    '/api/v1/relay/active',
    { schema: { querystring: ACTIVE_QUERY, response: { 200: SESSION_ENVELOPE } } },
    async (request, reply) => {
      const userId = await signedIn(request);
      const row = await queries.activeSession(userId, request.query.connection_id);
      if (!row) return reply.code(204).send();
      reply.header('etag', `W/"${row.id}-${row.version}"`);
      return { session: toSession(row, Date.now()) };
    },
  );

  app.get('/api/v1/auth/session', { schema: { response: { 200: ACCOUNT } } }, async (request) => {
    const userId = await signedIn(request);
    const user = await existing(userId);
    const cycle = monthlyCycle(user.cycle_anchor_at, new Date());
    const stored = await storedSeconds(userId, cycle);
    const live = await queries.liveSessions(userId);
    const slots = await queries.slots(userId, plans[user.plan_tier].relays);
    return toAccount(user, plans, { usage: toUsage(user, plans, { cycle, stored, live }), live, slots });
  });

  app.get('/api/v1/usage/current', { schema: { response: { 200: CURRENT_USAGE } } }, async (request) => {
    const userId = await signedIn(request);
    const user = await existing(userId);
    const cycle = monthlyCycle(user.cycle_anchor_at, new Date());
    const stored = await storedSeconds(userId, cycle);
    const live = await queries.liveSessions(userId);
    return {
      plan_tier: user.plan_tier,
      plan_status: user.plan_status,
      cycle_start: cycle.start.toISOString(),
      cycle_end: cycle.end.toISOString(),
      ...toUsage(user, plans, { cycle, stored, live }),
    };
  });

  app.post<{ Body: { session_id: string; instance_id: string; ingest_active?: boolean } }>(
    '/api/v1/relay/health',
    { schema: { body: REPORT, response: { 200: NOTED } } },
    async ({ headers, body }) => {
      const given = Buffer.from(String(headers['x-relay-auth'] ?? ''));
      if (given.length !== sharedKey.length || !timingSafeEqual(given, sharedKey)) throw failure(401, 'wrong key');
      const now = new Date();
      const { session_id: id, instance_id: instance, ingest_active: ingest = null } = body;
      if (!(await queries.noteReport(id, instance, ingest, now))) throw failure(404, 'no such session');
      const renewed = await queries.renewLease(id, new Date(now.getTime() + LEASE_MS), now);
      if (!renewed) throw failure(404, 'no such session');
      return { ok: true, status: renewed.status, lease_expires_at: renewed.lease_expires_at.toISOString() };
    },
  );

  return app;
}
