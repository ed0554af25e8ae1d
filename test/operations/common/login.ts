import type { startLogin } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import type { TestApp } from '../../support/test-app.ts';

export type Attempt = Awaited<ReturnType<typeof startLogin>>;

/** `POST /auth/plugin/login/poll` */
export function poll(app: Pick<TestApp, 'url'>, attempt: Attempt): Promise<Answer> {
  return call(app, 'POST', '/auth/plugin/login/poll', { body: attempt });
}

/** `POST /auth/refresh` */
export function refresh(app: Pick<TestApp, 'url'>, refreshToken: string): Promise<Answer> {
  return call(app, 'POST', '/auth/refresh', { body: { refresh_token: refreshToken } });
}

/** What the database holds of a login attempt. */
export async function storedAttempt(app: TestApp, attempt: Attempt): Promise<Record<string, unknown>> {
  const row = await app.database('plugin_login_attempts').where({ id: attempt.login_attempt_id }).first();
  if (!row) throw new Error(`${attempt.login_attempt_id} isn't stored.`);
  return row;
}

/**
 * Moves the clock to `seconds` before (or, negative, behind) the moment at which the attempt is over. Real time goes on
 * meanwhile, so leave a second.
 */
export async function advanceToExpiry(app: TestApp, attempt: Attempt, seconds: number): Promise<void> {
  const { expires_at: expiresAt } = await storedAttempt(app, attempt);
  await app.advanceClock(((expiresAt as Date).getTime() - app.clock.now().getTime()) / 1000 - seconds);
}
