import { hostname } from 'node:os';
import type { App } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { DEMO_USER } from '../../src/development-identity.ts';
import { createUser } from '../../src/features/account/index.ts';
import { createAuthService } from '../../src/features/auth/index.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { systemRandom } from '../../src/random.ts';

/** Who is there when nobody has signed in yet, with the tokens of one device. */
export interface DemoUser {
  user: { id: string; email: string; plan_tier: string };
  auth: { cp_access_jwt: string; refresh_token: string };
}

const PLAN = 'pro';

/** Makes the account that signing in by browser leads to as well, on a plan with relays, and signs a device in. */
export async function makeDemoUser({ database, clock }: App, { secrets, logLevel }: Config): Promise<DemoUser> {
  const deps = { database, clock, random: systemRandom };
  const { email, name } = DEMO_USER;
  const { id } = await createUser(deps, { email, displayName: name, planTier: PLAN });
  const auth = createAuthService({
    ...deps,
    logger: createLogger({ level: logLevel }),
    metrics: createMetrics(),
    jwtSecrets: secrets.jwt,
    refreshSecrets: secrets.refreshToken,
  });
  const client = { platform: process.platform, version: null, deviceName: hostname().slice(0, 128) };
  const tokens = await database.transaction((trx) => auth.signIn(trx, id, client));
  return {
    user: { id, email, plan_tier: PLAN },
    auth: { cp_access_jwt: tokens.accessToken, refresh_token: tokens.refreshToken },
  };
}
