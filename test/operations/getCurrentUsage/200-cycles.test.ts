import assert from 'node:assert/strict';
import { makeUser, signIn, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { advanceTo, keepActive, readUsage, secondsByEvents } from '../common/usage.ts';

describe('getCurrentUsage 200 over the end of a cycle', () => {
  const app = useApp();
  const iso = (date: Date) => date.toISOString();

  it('counts months from the creation of the account; a day that a month lacks becomes its last', async () => {
    await advanceTo(app(), new Date('2031-01-31T12:00:00Z'));
    const user = await makeUser(app());
    const created = await app().database('users').where({ id: user.id }).first();
    // As on the day of the creation, at the same time of another day.
    const on = (day: string) => `${day}T${iso(created.cycle_anchor_at).slice(11)}`;
    const readOn = async (moment: string) => {
      await advanceTo(app(), new Date(moment));
      const { cycle_start, cycle_end } = await readUsage(app(), (await signIn(app(), user)).token);
      return [cycle_start, cycle_end];
    };
    assert.deepEqual(await readOn('2031-01-31T12:05:00Z'), [on('2031-01-31'), on('2031-02-28')]);
    assert.deepEqual(await readOn('2031-02-28T11:59:00Z'), [on('2031-01-31'), on('2031-02-28')]);
    assert.deepEqual(await readOn('2031-02-28T12:01:00Z'), [on('2031-02-28'), on('2031-03-31')]);
    assert.deepEqual(await readOn('2031-04-01T00:00:00Z'), [on('2031-03-31'), on('2031-04-30')]);
    assert.deepEqual(await readOn('2032-02-28T12:01:00Z'), [on('2032-01-31'), on('2032-02-29')]);
  });

  it('splits a session that runs over the end, to the second', async () => {
    await advanceTo(app(), new Date('2032-05-15T10:00:00Z'));
    const user = await makeUser(app());
    const end = new Date('2032-05-15T10:10:00Z');
    await app()
      .database('users')
      .where({ id: user.id })
      .update({ cycle_anchor_at: new Date('2032-04-15T10:10:00Z') });
    const { token } = await signIn(app(), user);
    assert.equal((await readUsage(app(), token)).cycle_end, iso(end));
    const session = await startActive(app(), token);
    await keepActive(app(), session, 800);

    // Still running: only what lies behind the end counts, and all of that.
    const least = Math.floor(app().clock.now().getTime() / 1000) - end.getTime() / 1000;
    const running = await readUsage(app(), token);
    const most = Math.floor(app().clock.now().getTime() / 1000) - end.getTime() / 1000;
    assert.equal(running.cycle_start, iso(end));
    assert.equal(least <= running.consumed_seconds && running.consumed_seconds <= most, true);

    const { session_id } = session;
    await call(app(), 'POST', '/relay/stop', { token, body: { session_id } });
    const whole = await secondsByEvents(app(), session_id, app().clock.now());
    const second = (await readUsage(app(), token)).consumed_seconds;
    // Back to a minute before the end, where the other part belongs.
    await advanceTo(app(), new Date(end.getTime() - 60_000));
    const before = await readUsage(app(), (await signIn(app(), user)).token);
    assert.equal(before.cycle_end, iso(end));
    const activated = (await app().database('relay_sessions').where({ id: session_id }).first()).activated_at as Date;
    assert.equal(before.consumed_seconds, (end.getTime() - Math.floor(activated.getTime() / 1000) * 1000) / 1000);
    assert.equal(before.consumed_seconds + second, whole);
  });

  it('begins every cycle with nothing used', async () => {
    const user = await makeUser(app());
    const { token } = await signIn(app(), user);
    const session = await startActive(app(), token);
    await app().advanceClock(30);
    await call(app(), 'POST', '/relay/stop', { token, body: { session_id: session.session_id } });
    const used = await readUsage(app(), token);
    assert.equal(used.consumed_seconds >= 30, true);
    await advanceTo(app(), new Date(used.cycle_end));
    const next = await readUsage(app(), (await signIn(app(), user)).token);
    assert.deepEqual([next.cycle_start, next.consumed_seconds], [used.cycle_end, 0]);
  });
});
