import { randomUUID } from 'node:crypto';
import { createUser, type PlanTier } from '../../src/features/account/index.ts';
import { systemRandom } from '../../src/random.ts';
import { type Answer, type Callee, call } from './http.ts';
import { TEST_SECRETS, type TestApp } from './test-app.ts';

export interface TestUser {
  id: string;
  email: string;
}

/** A signed-in device of a user. */
export interface SignedIn {
  user: TestUser;
  token: string;
  refreshToken: string;
  /** Everything that the login answered. */
  login: Answer;
}

/** Where users are made. */
type Accounts = Pick<TestApp, 'database' | 'clock'>;

/** Makes a user, by default on a plan with three relays. */
export async function makeUser(app: Accounts, user: { plan?: PlanTier; email?: string } = {}): Promise<TestUser> {
  const account = await createUser(
    { database: app.database, clock: app.clock, random: systemRandom },
    { email: user.email ?? `${randomUUID()}@example.com`, planTier: user.plan ?? 'pro', displayName: 'Test' },
  );
  return { id: account.id, email: account.email };
}

export const CLIENT = { platform: 'windows', plugin_version: '0.0.5', device_name: 'STREAM-PC' };

/** Starts a login attempt. */
export async function startLogin(app: Callee): Promise<{ login_attempt_id: string; poll_token: string }> {
  const { body } = await call(app, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT } });
  return { login_attempt_id: body.login_attempt_id, poll_token: body.poll_token };
}

/** Gives a user an identity at a provider, as a sign-in in the browser does. */
export async function addIdentity(app: TestApp, { id, email }: TestUser): Promise<void> {
  const now = app.clock.now();
  const identity = { issuer: 'https://id.example.com', subject: `subject of ${id}`, user_id: id, email };
  await app.database('user_identities').insert({ ...identity, created_at: now, last_sign_in_at: now });
}

/** Decides a login attempt through the web tier's door. */
export function decideLogin(app: Callee, body: Record<string, unknown>): Promise<Answer> {
  const headers = { 'X-Plugin-Login-Auth': TEST_SECRETS.PLUGIN_LOGIN_COMPLETE_KEY };
  return call(app, 'POST', '/auth/plugin/login/complete', { body, headers });
}

/** The whole sign-in over HTTP. */
export async function signIn(app: Callee & Accounts, user?: TestUser): Promise<SignedIn> {
  const owner = user ?? (await makeUser(app));
  const attempt = await startLogin(app);
  const { login_attempt_id } = attempt;
  await decideLogin(app, { login_attempt_id, outcome: 'completed', user_id: owner.id });
  const login = await call(app, 'POST', '/auth/plugin/login/poll', { body: attempt });
  if (login.status !== 200) throw new Error(`The login ended in ${login.status}: ${login.text}`);
  const { cp_access_jwt, refresh_token } = login.body.auth;
  return { user: owner, token: cp_access_jwt, refreshToken: refresh_token, login };
}

/** A user who is signed in. */
export async function signInNewUser(app: Callee & Accounts, plan: PlanTier = 'pro'): Promise<SignedIn> {
  return signIn(app, await makeUser(app, { plan }));
}

/** `POST /relay/start` with a new key unless one is given. */
export function start(
  app: TestApp,
  token: string,
  body: Record<string, unknown> = {},
  key: string = randomUUID(),
): Promise<Answer> {
  return call(app, 'POST', '/relay/start', { token, body, headers: { 'Idempotency-Key': key } });
}

/** Starts a relay and waits, by long polls, until it is active. The worker must run. */
export async function startActive(
  app: TestApp,
  token: string,
  body: Record<string, unknown> = {},
): Promise<Answer['body']> {
  const started = await start(app, token, body);
  if (started.status >= 300) throw new Error(`The start ended in ${started.status}: ${started.text}`);
  return waitForStatus(app, token, started.body.session, 'active');
}

/** Follows a session by long polls until it has that status. */
export async function waitForStatus(
  app: TestApp,
  token: string,
  session: { session_id: string; connection_id?: string; version: number; status: string },
  status: string,
): Promise<Answer['body']> {
  let present = session;
  while (present.status !== status) {
    const connection = present.connection_id === undefined ? '' : `&connection_id=${present.connection_id}`;
    const path = `/relay/active?wait_seconds=10&since_version=${present.version}${connection}`;
    const answer = await call(app, 'GET', path, { token });
    if (answer.status === 200) present = answer.body.session;
    else present = (await call(app, 'GET', `/relay/sessions/${present.session_id}`, { token })).body.session;
    if (present.status === 'stopped' && status !== 'stopped') {
      throw new Error(`${present.session_id} ended: ${JSON.stringify(present)}`);
    }
  }
  return present;
}

/** `POST /relay/health` as the relay itself. */
export function reportAsRelay(app: TestApp, body: Record<string, unknown>): Promise<Answer> {
  return call(app, 'POST', '/relay/health', { body, headers: { 'X-Relay-Auth': TEST_SECRETS.RELAY_SHARED_KEY } });
}
