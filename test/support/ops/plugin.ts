import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { holdToContract } from '../answer-check.ts';
import { CLIENT } from '../factories.ts';
import { type Answer, type Callee, call } from '../http.ts';
import type { ServerProcess } from '../process.ts';

/** What a device has of a sign-in. */
export interface Tokens {
  access: string;
  refresh: string;
}

/** A server process as a caller sees it; each answer is held to the contract. */
export function calleeOf({ url }: Pick<ServerProcess, 'url'>): Callee {
  return { url, checkAnswer: holdToContract };
}

/** Signs a device in by the web tier's door, which `loginKey` opens. */
export async function signInAt(server: Callee, loginKey: string, userId: string): Promise<Tokens> {
  const { body: attempt } = await call(server, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT } });
  const { login_attempt_id, poll_token } = attempt;
  const decided = await decideAt(server, loginKey, { login_attempt_id, outcome: 'completed', user_id: userId });
  assert.equal(decided.status, 204, decided.text);
  const { status, body, text } = await call(server, 'POST', '/auth/plugin/login/poll', {
    body: { login_attempt_id, poll_token },
  });
  assert.equal(status, 200, text);
  return tokensOf(body.auth);
}

/** Decides a login attempt. */
export function decideAt(server: Callee, loginKey: string, body: object): Promise<Answer> {
  return call(server, 'POST', '/auth/plugin/login/complete', { body, headers: { 'X-Plugin-Login-Auth': loginKey } });
}

/** Uses an access token; the status. */
export async function useAt(server: Callee, { access }: Tokens): Promise<number> {
  return (await call(server, 'GET', '/auth/session', { token: access })).status;
}

/** Refreshes; undefined where that is refused with 401. */
export async function refreshAt(server: Callee, { refresh }: Tokens): Promise<Tokens | undefined> {
  const { status, body, text } = await call(server, 'POST', '/auth/refresh', { body: { refresh_token: refresh } });
  if (status === 401) return undefined;
  assert.equal(status, 200, text);
  return tokensOf(body.auth);
}

/** What a relay says of itself: whose it is, and which one. */
export interface Relay {
  session_id: string;
  instance_id: string;
}

/** Starts a relay and waits by long polls until it is active. */
export async function startRelayAt(server: Callee, { access: token }: Tokens): Promise<Relay> {
  const headers = { 'Idempotency-Key': randomUUID() };
  const started = await call(server, 'POST', '/relay/start', { token, body: {}, headers });
  assert.equal(started.status, 201, started.text);
  let { session } = started.body;
  while (session.status === 'provisioning') {
    const path = `/relay/active?wait_seconds=10&since_version=${session.version}`;
    const { status, body } = await call(server, 'GET', path, { token });
    if (status === 200) session = body.session;
  }
  assert.equal(session.status, 'active');
  return { session_id: session.session_id, instance_id: session.instance_id };
}

function tokensOf(auth: { cp_access_jwt: string; refresh_token: string }): Tokens {
  return { access: auth.cp_access_jwt, refresh: auth.refresh_token };
}
