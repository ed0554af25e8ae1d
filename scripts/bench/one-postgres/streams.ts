import { randomUUID } from 'node:crypto';
import { addSeconds, systemClock } from '../../../src/clock.ts';
import type { Database } from '../../../src/database/connect.ts';
import { createUser } from '../../../src/features/account/index.ts';
import { createAccessTokens } from '../../../src/features/auth/access-token.ts';
import { insertAuthSession } from '../../../src/features/auth/auth-session-store.ts';
import { systemRandom } from '../../../src/random.ts';
import { storeSession } from '../../../test/support/stored-sessions.ts';
import { TEST_SECRETS } from '../../../test/support/test-app.ts';

/** A streamer whose relay is up. */
export interface Stream {
  token: string;
  sessionId: string;
  instanceId: string;
  connectionId: string;
}

const HOUR = 3_600;

/** Makes an account with a signed-in device. */
export async function addDevice(database: Database): Promise<{ userId: string; token: string }> {
  const deps = { database, clock: systemClock, random: systemRandom };
  const email = `${randomUUID()}@example.com`;
  const { id: userId } = await createUser(deps, { email, planTier: 'pro', displayName: 'Bench' });
  const now = systemClock.now();
  const device = {
    id: systemRandom.id('aut'),
    userId,
    client: { platform: 'windows', version: null, deviceName: null },
    counter: 0,
    refreshedAt: now,
    usedAt: null,
    createdAt: now,
    expiresAt: addSeconds(now, HOUR),
    absoluteExpiresAt: addSeconds(now, HOUR),
    revokedAt: null,
    isLegacy: false,
  };
  await database.transaction((trx) => insertAuthSession(trx, device));
  const tokens = createAccessTokens([TEST_SECRETS.JWT_SECRET], systemClock);
  return { userId, token: await tokens.sign({ userId, authSessionId: device.id, refreshCounter: 0 }) };
}

/** Makes accounts, each with a device and a relay that is up and fed. */
export async function addStreams(database: Database, count: number): Promise<Stream[]> {
  const streams: Stream[] = [];
  for (let made = 0; made < count; made += 1) {
    const { userId, token } = await addDevice(database);
    const session = await storeSession(database, systemClock.now(), userId, 'active', { ingestState: 'active' });
    const { id: sessionId, instanceId, connectionId } = session;
    streams.push({ token, sessionId, instanceId: instanceId as string, connectionId: connectionId as string });
  }
  return streams;
}
