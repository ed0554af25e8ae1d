import assert from 'node:assert/strict';
import { pino } from 'pino';
import { createUserCache, type UserCache } from '../../src/features/account-view/index.ts';
import { type AuthService, createAuthService } from '../../src/features/auth/index.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { systemRandom } from '../../src/random.ts';
import { signInNewUser } from '../support/factories.ts';
import { TEST_SECRETS, useApp } from '../support/test-app.ts';

describe('A token that another server has just minted', () => {
  const app = useApp();

  /** A server's check of tokens. */
  function open(accounts?: UserCache): AuthService {
    const { database, clock } = app();
    return createAuthService({
      database,
      clock,
      random: systemRandom,
      logger: pino({ level: 'silent' }),
      metrics: createMetrics(),
      jwtSecrets: [TEST_SECRETS.JWT_SECRET],
      refreshSecrets: [TEST_SECRETS.REFRESH_TOKEN_SECRET],
      ...(accounts && { accounts }),
    });
  }

  /** As while the word of a change is still on its way. */
  const hearsNothing = () => createUserCache({ clock: app().clock, isCurrent: () => true, onRead() {}, onDrop() {} });

  it('is good at a server that keeps the sign-in as it was before, and has not heard of the refresh yet', async () => {
    const [here, elsewhere] = [open(hearsNothing()), open()];
    const { token, refreshToken } = await signInNewUser(app());
    assert.ok(await here.verifyAccessToken(token));
    assert.ok(await here.verifyAccessToken(token));
    const { tokens } = await elsewhere.refresh(refreshToken);
    assert.ok(await here.verifyAccessToken(tokens.accessToken));
  });
});
