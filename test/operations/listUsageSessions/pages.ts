import assert from 'node:assert/strict';
import type { UsageAdjustment, UsageSession, UsageSessionPage } from '../../../generated/sdk/types.gen.ts';
import type { RelaySession } from '../../../src/features/relay/session.ts';
import { systemRandom } from '../../../src/random.ts';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { plus } from '../../support/relay-session.ts';
import { storeSession } from '../../support/stored-sessions.ts';
import type { TestApp } from '../../support/test-app.ts';

/** A signed-in user whose cycle began ten days ago. */
export async function signInMidCycle(app: TestApp): Promise<SignedIn> {
  const owner = await signInNewUser(app);
  const now = Math.floor(app.clock.now().getTime() / 1000) * 1000;
  const anchor = new Date(now - 10 * 86_400_000);
  await app.database('users').where({ id: owner.user.id }).update({ cycle_anchor_at: anchor });
  return owner;
}

/** `GET /usage/sessions`, which must succeed. */
export async function readPage(
  app: TestApp,
  token: string,
  query: Record<string, unknown> = {},
): Promise<UsageSessionPage> {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const answer = await call(app, 'GET', `/usage/sessions?${text}`, { token });
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

/** All pages, one after the other; `between` happens while they are read. */
export async function readPages(
  app: TestApp,
  token: string,
  limit?: number,
  between: (page: number) => unknown = () => undefined,
): Promise<UsageSessionPage[]> {
  const pages: UsageSessionPage[] = [];
  for (let cursor: string | null | undefined; cursor !== null; cursor = pages.at(-1)?.next_cursor) {
    if (pages.length > 0) await between(pages.length);
    pages.push(await readPage(app, token, { ...(limit ? { limit } : {}), ...(cursor ? { cursor } : {}) }));
  }
  return pages;
}

/** The pages must be of one instant and add up, in themselves and all together. @returns all their sessions. */
export function assertAddsUp(pages: UsageSessionPage[]): UsageSession[] {
  const [first] = pages as [UsageSessionPage];
  const sum = (values: { seconds: number }[]) => values.reduce((total, { seconds }) => total + seconds, 0);
  const sessions = pages.flatMap((page) => page.sessions);
  for (const session of sessions) {
    assert.equal(session.consumed_seconds, sum(session.intervals) + sum(session.adjustments), session.session_id);
    for (const { started_at, ended_at, seconds } of session.intervals) {
      assert.equal(seconds, (Date.parse(ended_at) - Date.parse(started_at)) / 1000);
      assert.equal(Date.parse(started_at) >= Date.parse(first.cycle_start), true);
      assert.equal(ended_at <= first.as_of, true);
    }
  }
  for (const page of pages) {
    const { cycle_start, cycle_end, as_of, consumed_seconds } = page;
    assert.deepEqual(
      { cycle_start, cycle_end, as_of, consumed_seconds },
      {
        cycle_start: first.cycle_start,
        cycle_end: first.cycle_end,
        as_of: first.as_of,
        consumed_seconds: first.consumed_seconds,
      },
    );
  }
  for (const page of pages.slice(1)) assert.deepEqual(page.adjustments, []);
  const total = sessions.reduce((seconds, session) => seconds + session.consumed_seconds, sum(first.adjustments));
  assert.equal(total, first.consumed_seconds);
  assert.equal(new Set(sessions.map(({ session_id }) => session_id)).size, sessions.length, 'none is told twice');
  return sessions;
}

/** Stores a session that ended, with its intervals as moments before `now`, in seconds: `[from, to]`. */
export async function storeUsage(
  app: TestApp,
  userId: string,
  spans: [from: number, to: number][],
  values: Partial<RelaySession> = {},
): Promise<RelaySession> {
  const now = new Date(Math.floor(app.clock.now().getTime() / 1000) * 1000);
  const [[from]] = spans as [[number, number]];
  const [, to] = spans.at(-1) as [number, number];
  const session = await storeSession(app.database, now, userId, 'stopped', {
    activatedAt: plus(now, -from),
    stoppedAt: plus(now, -to),
    billedSeconds: spans.reduce((sum, [start, end]) => sum + start - end, 0),
    ...values,
  });
  await app.database('usage_intervals').insert(
    spans.map(([start, end], index) => ({
      session_id: session.id,
      seq: index + 1,
      user_id: userId,
      started_at: plus(now, -start),
      ended_at: plus(now, -end),
    })),
  );
  return session;
}

/** Stores an adjustment that is made now. */
export async function storeAdjustment(
  app: TestApp,
  userId: string,
  { sessionId = null, ...values }: UsageAdjustment & { sessionId?: string | null },
): Promise<void> {
  await app.database('usage_adjustments').insert({
    id: systemRandom.id('adj'),
    user_id: userId,
    session_id: sessionId,
    created_at: app.clock.now(),
    ...values,
  });
}
