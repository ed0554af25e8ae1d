import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { makeUser, signIn, signInNewUser, start } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { changePlan } from '../common/plan.ts';

interface Slot {
  slot_number: number;
  label: string;
  stream_token: string;
}

describe('listStreamSlots 200', () => {
  const app = useApp({ roles: ['api'] });

  const list = async (token: string): Promise<Slot[]> => {
    const { status, body, text } = await call(app(), 'GET', '/user/stream-slots', { token });
    assert.equal(status, 200, text);
    assert.deepEqual(Object.keys(body), ['stream_slots']);
    return body.stream_slots;
  };

  const plans: [plan: 'free' | 'starter' | 'standard' | 'pro' | 'internal', slots: number][] = [
    ['free', 0],
    ['starter', 1],
    ['standard', 1],
    ['pro', 3],
    ['internal', 99],
  ];
  for (const [plan, count] of plans) {
    it(`gives the plan ${plan} as many slots as relays (${count}), in the order of their numbers`, async () => {
      const { token } = await signInNewUser(app(), plan);
      const slots = await list(token);
      assert.deepEqual(
        slots.map((slot) => slot.slot_number),
        Array.from({ length: count }, (_, index) => index + 1),
      );
      for (const slot of slots) {
        assert.deepEqual(Object.keys(slot).sort(), ['label', 'slot_number', 'stream_token']);
        assert.match(slot.stream_token, /^[0-9a-z]{12}$/);
        assert.match(slot.label, /\S/);
      }
      assert.equal(new Set(slots.map((slot) => slot.stream_token)).size, count);
    });
  }

  it('makes the slots when they are first needed, and the same ones for all who ask at once', async () => {
    const { token, user } = await signInNewUser(app(), 'free');
    await changePlan(app(), user.id, 'pro');
    assert.deepEqual(await app().database('stream_slots').where({ user_id: user.id }), []);
    const lists = await Promise.all(Array.from({ length: 8 }, () => list(token)));
    for (const slots of lists) assert.deepEqual(slots, lists[0]);
    assert.equal((await app().database('stream_slots').where({ user_id: user.id })).length, 3);
  });

  it('changes nothing when it is asked again', async () => {
    const { token } = await signInNewUser(app());
    const slots = await list(token);
    assert.deepEqual(await assertNothingChanges(app(), () => list(token)), slots);
  });

  it('keeps the slots through a downgrade, hidden and unusable, and gives them back unchanged', async () => {
    const { token, user } = await signInNewUser(app(), 'pro');
    await call(app(), 'PUT', '/user/stream-slots/3/label', { token, body: { label: 'Bike' } });
    const three = await list(token);
    await changePlan(app(), user.id, 'starter');
    assert.deepEqual(await list(token), three.slice(0, 1));
    const hidden = { connection_id: randomUUID(), stream_token: three[2]?.stream_token };
    assert.equal((await start(app(), token, hidden)).status, 400);
    await changePlan(app(), user.id, 'free');
    assert.deepEqual(await list(token), []);
    await changePlan(app(), user.id, 'pro');
    assert.deepEqual(await list(token), three);
  });

  it('tells all devices of a user the same, and other users nothing of it', async () => {
    const user = await makeUser(app());
    const [one, two] = [await signIn(app(), user), await signIn(app(), user)];
    const slots = await list(one.token);
    assert.deepEqual(await list(two.token), slots);
    const tokens = new Set(slots.map((slot) => slot.stream_token));
    const others = await list((await signInNewUser(app())).token);
    assert.deepEqual(
      others.filter((slot) => tokens.has(slot.stream_token)),
      [],
    );
  });
});
