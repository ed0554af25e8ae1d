import assert from 'node:assert/strict';
import { signInNewUser, startActive } from '../../support/factories.ts';
import { freezeClock } from '../../support/freeze-clock.ts';
import { call } from '../../support/http.ts';
import { readSession, report, stop, useFaults } from '../../support/relay-calls.ts';
import { plus } from '../../support/relay-session.ts';
import { useApp } from '../../support/test-app.ts';
import { readUsage } from '../common/usage.ts';
import { assertAddsUp, readPage, readPages, signInMidCycle, storeAdjustment, storeUsage } from './pages.ts';

describe('listUsageSessions 200', () => {
  const app = useApp();
  useFaults(app, { silent_relay: true });

  before(() => {
    freezeClock(app());
  });

  const cut = (date: Date) => new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString();

  it('is empty, in the cycle of getCurrentUsage, for an account that has used nothing', async () => {
    const { token } = await signInNewUser(app());
    const { cycle_start, cycle_end } = await readUsage(app(), token);
    assert.deepEqual(await readPage(app(), token), {
      cycle_start,
      cycle_end,
      as_of: app().clock.now().toISOString(),
      consumed_seconds: 0,
      sessions: [],
      adjustments: [],
      next_cursor: null,
    });
  });

  it('tells a running session up to this second, and its end once it is stopped', async () => {
    const { token } = await signInNewUser(app());
    const connection_id = '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64';
    const started = await startActive(app(), token, { connection_id });
    await app().advanceClock(75.5);
    const [session] = assertAddsUp(await readPages(app(), token));
    const since = started.usage.started_at;
    const now = cut(app().clock.now());
    const seconds = (Date.parse(now) - Date.parse(since)) / 1000;
    assert.deepEqual(session, {
      session_id: started.session_id,
      connection_id,
      region: 'us-east-1',
      status: 'active',
      started_at: since,
      ended_at: null,
      consumed_seconds: seconds,
      intervals: [{ started_at: since, ended_at: now, seconds, open: true }],
      adjustments: [],
    });
    assert.equal(seconds >= 75, true);
    assert.equal((await readUsage(app(), token)).consumed_seconds, seconds);

    await stop(app(), token, {});
    await app().advanceClock(60);
    const [ended] = assertAddsUp(await readPages(app(), token));
    assert.deepEqual(ended, {
      ...session,
      status: 'stopped',
      ended_at: now,
      intervals: [{ started_at: since, ended_at: now, seconds, open: false }],
    });
  });

  it('tells each interval of a session that was in grace, and deadlines that nobody has stored', async () => {
    const { token } = await signInNewUser(app());
    const started = await startActive(app(), token);
    await report(app(), started, { ingest_active: true });
    await app().advanceClock(100);
    await report(app(), started, { ingest_active: false });
    await app().advanceClock(50);
    await report(app(), started, { ingest_active: true });
    await app().advanceClock(400);
    const [session] = assertAddsUp(await readPages(app(), token));
    assert.deepEqual(
      session?.intervals.map(({ seconds, open }) => [seconds, open]),
      [
        [100, false],
        [300, false],
      ],
    );
    assert.equal(session?.status, 'grace');
    assert.equal((await readSession(app(), token, started.session_id)).usage.duration_seconds, 400);
    await app().worker?.enforceDeadlines();
    assert.deepEqual(assertAddsUp(await readPages(app(), token)), [session]);
  });

  it('cuts what runs over the end of a cycle, and lists no session that cost nothing in it', async () => {
    const { user, token } = await signInMidCycle(app());
    const cycle = 10 * 86_400;
    const across = await storeUsage(app(), user.id, [[cycle + 500, cycle - 300]]);
    await storeUsage(app(), user.id, [[cycle + 900, cycle]]);
    const inside = await storeUsage(app(), user.id, [
      [cycle, cycle - 10],
      [cycle - 50, cycle - 55],
    ]);
    await storeUsage(app(), user.id, [[100, 100]]);
    const pages = await readPages(app(), token);
    const sessions = assertAddsUp(pages);
    assert.deepEqual(
      sessions.map(({ session_id, consumed_seconds }) => [session_id, consumed_seconds]),
      [
        [inside.id, 15],
        [across.id, 300],
      ],
    );
    const [interval] = sessions[1]?.intervals ?? [];
    assert.equal(interval?.started_at, pages[0]?.cycle_start);
    assert.equal((await readUsage(app(), token)).consumed_seconds, 315);
  });

  it("counts adjustments in the cycle that they belong to, the account's own on the first page only", async () => {
    const { user, token } = await signInMidCycle(app());
    const now = app().clock.now();
    const cycle = new Date((await readUsage(app(), token)).cycle_start);
    const newer = await storeUsage(app(), user.id, [[1_000, 900]]);
    const older = await storeUsage(app(), user.id, [[3_000, 2_000]]);
    const ended = await storeUsage(app(), user.id, [[11 * 86_400, 11 * 86_400 - 5]]);
    const credit = { at: plus(now, -60).toISOString(), seconds: -250, reason: 'goodwill' };
    const trueUp = { at: plus(now, -950).toISOString(), seconds: 40, reason: 'outage_true_up' };
    const first = { at: cycle.toISOString(), seconds: 7, reason: 'first of the cycle' };
    await storeAdjustment(app(), user.id, credit);
    await storeAdjustment(app(), user.id, { ...trueUp, sessionId: newer.id });
    await storeAdjustment(app(), user.id, { ...first, sessionId: ended.id });
    await storeAdjustment(app(), user.id, { ...credit, at: plus(cycle, -0.001).toISOString(), sessionId: older.id });

    const pages = await readPages(app(), token, 1);
    assert.deepEqual(
      assertAddsUp(pages).map(({ session_id, consumed_seconds, adjustments }) => [
        session_id,
        consumed_seconds,
        adjustments,
      ]),
      [
        [newer.id, 140, [trueUp]],
        [older.id, 1_000, []],
        [ended.id, 7, [first]],
      ],
    );
    assert.deepEqual(pages[0]?.adjustments, [credit]);
    assert.equal(pages[0]?.consumed_seconds, 140 + 1_000 + 7 - 250);
    assert.equal((await readUsage(app(), token)).consumed_seconds, 140 + 1_000 + 7 - 250);
  });

  it('tells of the instant of the first page, whatever happens while the pages are read', async () => {
    const { user, token } = await signInMidCycle(app());
    const ran = await storeUsage(app(), user.id, [[7_000, 6_000]]);
    await storeUsage(app(), user.id, [[9_000, 8_500]]);
    const old = await startActive(app(), token, { connection_id: '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64' });
    await app().advanceClock(30);
    const young = await startActive(app(), token);
    await app().advanceClock(20.7);
    const asRead = assertAddsUp(await readPages(app(), token));
    const { consumed_seconds } = await readUsage(app(), token);

    const pages = await readPages(app(), token, 1, async (page) => {
      await app().advanceClock(40);
      if (page === 1) await stop(app(), token, { session_id: old.session_id });
      if (page === 1) await startActive(app(), token, { connection_id: '5f0c8a9e-2b7d-4e31-8f64-9d1c2a3b4e5f' });
      if (page === 2) await stop(app(), token, { session_id: young.session_id });
      const at = plus(app().clock.now(), -3_600).toISOString();
      await storeAdjustment(app(), user.id, { at, seconds: 5, reason: 'later', sessionId: ran.id });
      await storeAdjustment(app(), user.id, { at, seconds: 5, reason: 'later' });
    });
    assert.deepEqual(assertAddsUp(pages), asRead);
    assert.deepEqual([pages.length, pages[0]?.consumed_seconds], [4, consumed_seconds]);
    assert.deepEqual(asRead.map(({ session_id }) => session_id).slice(0, 3), [
      young.session_id,
      old.session_id,
      ran.id,
    ]);
    const now = assertAddsUp(await readPages(app(), token, 2));
    assert.equal(now.length, 5, 'a list without a cursor is about now');
    assert.notDeepEqual(now, asRead);
  });

  it('keeps to its cycle when that ends between two pages', async () => {
    const { user, token } = await signInNewUser(app());
    const end = plus(cut(app().clock.now()), 60);
    await app().database('users').where({ id: user.id }).update({ cycle_anchor_at: end });
    await startActive(app(), token, { connection_id: '0b7e9a52-3c1d-4f6e-9a7b-8c2d1e0f5a64' });
    await startActive(app(), token);
    await app().advanceClock(30);
    const pages = await readPages(app(), token, 1, () => app().advanceClock(120));
    assert.equal(pages.length, 2);
    assertAddsUp(pages);
    const next = await readPage(app(), token);
    assert.equal(next.cycle_start > (pages[0]?.cycle_start ?? ''), true);
  });

  it('adds up over many sessions, newest first, whatever the size of a page', async () => {
    const { user, token } = await signInMidCycle(app());
    const ids: string[] = [];
    for (let number = 0; number < 130; number += 1) {
      // Ten at a time are activated at the same instant.
      const from = 500_000 - Math.floor(number / 10) * 1_000;
      const { id } = await storeUsage(app(), user.id, [
        [from, from - 10 - number],
        [from - 400, from - 401],
      ]);
      ids.push(id);
    }
    // The database is finer than our clock.
    await app().database.raw(
      "update relay_sessions set activated_at = activated_at + interval '1 microsecond' where id = any(?)",
      [ids.filter((_, index) => index % 3 === 0)],
    );
    await storeAdjustment(app(), user.id, {
      at: plus(app().clock.now(), -5).toISOString(),
      seconds: -77,
      reason: 'credit',
    });
    const { consumed_seconds } = await readUsage(app(), token);
    assert.equal(consumed_seconds, 130 * 11 + (130 * 129) / 2 - 77);
    const order = await app()
      .database('relay_sessions')
      .where({ user_id: user.id })
      .orderByRaw('activated_at desc, id desc')
      .pluck('id');
    for (const limit of [undefined, 1, 7, 100]) {
      const pages = await readPages(app(), token, limit);
      assert.equal(pages.length, Math.ceil(130 / (limit ?? 20)));
      assert.equal(pages[0]?.consumed_seconds, consumed_seconds);
      assert.deepEqual(
        assertAddsUp(pages).map(({ session_id }) => session_id),
        order,
      );
    }
  });

  it("shows nothing of anybody else, not even with somebody else's cursor", async () => {
    const [mia, ben] = [await signInMidCycle(app()), await signInMidCycle(app())];
    for (const { user } of [mia, ben]) {
      for (const from of [1_000, 2_000, 3_000]) await storeUsage(app(), user.id, [[from, from - 100]]);
      const at = plus(app().clock.now(), -5).toISOString();
      await storeAdjustment(app(), user.id, { at, seconds: 3, reason: user.id });
    }
    const mine = assertAddsUp(await readPages(app(), mia.token));
    assert.equal(mine.length, 3);
    const { next_cursor } = await readPage(app(), ben.token, { limit: 1 });
    const answer = await call(app(), 'GET', `/usage/sessions?cursor=${next_cursor}`, { token: mia.token });
    assert.equal(answer.status, 200);
    const known = new Set(mine.map(({ session_id }) => session_id));
    for (const { session_id } of answer.body.sessions) assert.equal(known.has(session_id), true);
    assert.deepEqual([answer.body.consumed_seconds, answer.body.adjustments], [303, []]);
    assert.equal(answer.text.includes(ben.user.id), false);
  });
});
