import { randomUUID } from 'node:crypto';
import { openDatabaseProxy } from '../support/database-proxy.ts';
import { makeUser, signIn } from '../support/factories.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/test-app.ts';
import type { TroubledServers } from './dredd-requests.ts';
import type { PreparedRequest, PreparedRequests } from './prepared-request.ts';

/** One request for most limits; a few for the one in front of all, so that it isn't in the way. */
const TIGHT = '0.005';
/** Servers that answer 429, 500 and 503 to everything that is asked of them. */
export interface TroubleSet {
  servers: TroubledServers;
  /** Sees to it that the limit of each request for a 429 is used up before it is sent. */
  useUpLimits(requests: PreparedRequests): Promise<PreparedRequests>;
  close(): Promise<void>;
}

/**
 * Opens a server with tight limits, one whose tables are gone and one whose database is away.
 *
 * @param app whose users they know, and whose limits nobody reaches.
 */
export async function openTroubledServers(app: TestApp, env: Record<string, string>): Promise<TroubleSet> {
  const proxy = await openDatabaseProxy(app.databaseUrl);
  const open = (options: TestAppOptions, more = {}) =>
    startTestApp({ roles: ['api'], ...options, env: { ...env, ...more } });
  const [limited, broken, away] = await Promise.all([
    open({ databaseUrl: app.databaseUrl }, { RATE_LIMIT_FACTOR: TIGHT, TRUSTED_PROXIES: '127.0.0.0/8' }),
    open({}),
    open({ databaseUrl: proxy.url }),
  ]);
  await broken.database.raw('alter schema public rename to gone');
  await proxy.cut();
  return {
    servers: { 429: limited.url, 500: broken.url, 503: away.url },
    async useUpLimits(requests) {
      const user = await makeUser(app);
      const { token } = await signIn(app, user);
      const changed = Object.entries(requests)
        .filter(([key]) => key.endsWith(' 429'))
        .map(async ([key, request], index) => {
          const address = { 'X-Forwarded-For': `203.0.113.${index}` };
          // A device of its own, which one of the operations signs out.
          const device = 'Authorization' in request.headers ? await signIn(app, user) : undefined;
          const { headers: usedUpWith } = withHeaders(request, address, device?.token);
          return [key, { ...withHeaders(request, address, token), usedUpWith }] as const;
        });
      return { ...requests, ...Object.fromEntries(await Promise.all(changed)) };
    },
    async close() {
      await proxy.restore();
      await Promise.all([limited.stop(), broken.stop(), away.stop()]);
      await proxy.close();
    },
  };
}

/** The request with these headers, another caller, and a key that was not seen yet: one that was would cost nothing. */
function withHeaders(
  request: PreparedRequest,
  headers: Record<string, string>,
  token: string | undefined,
): PreparedRequest {
  const given = { ...request.headers, ...headers };
  if (token !== undefined && 'Authorization' in given) given.Authorization = `Bearer ${token}`;
  if ('Idempotency-Key' in given) given['Idempotency-Key'] = randomUUID();
  return { ...request, headers: given };
}
