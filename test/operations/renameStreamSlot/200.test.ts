import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';

describe('renameStreamSlot 200', () => {
  const app = useApp({ roles: ['api'] });

  const list = async (token: string) =>
    (await call(app(), 'GET', '/user/stream-slots', { token })).body.stream_slots as Record<string, unknown>[];
  const rename = (token: string, slot: number, label: string) =>
    call(app(), 'PUT', `/user/stream-slots/${slot}/label`, { token, body: { label } });

  it('gives a slot its new label, keeps its token, and leaves the other slots alone', async () => {
    const { token } = await signInNewUser(app());
    const [first, second, third] = await list(token);
    const { status, body } = await rename(token, 2, 'Backpack');
    assert.equal(status, 200);
    assert.deepEqual(body, { ...second, label: 'Backpack' });
    assert.deepEqual(await list(token), [first, { ...second, label: 'Backpack' }, third]);
  });

  it('renames the first slot of an account whose slots nobody has asked for yet', async () => {
    const { token, user } = await signInNewUser(app());
    await app().database('stream_slots').where({ user_id: user.id }).delete();
    const { status, body } = await rename(token, 1, 'Backpack');
    assert.deepEqual([status, body.slot_number, body.label], [200, 1, 'Backpack']);
  });

  const labels = ['x', 'Zoë’s bike', '🎒'.repeat(64), "'; drop table users; --", '<b>&amp;</b>', '%s $1 \\'];
  for (const label of labels) {
    it(`keeps the label ${label.slice(0, 24)} as it is`, async () => {
      const { token } = await signInNewUser(app());
      assert.equal((await rename(token, 1, label)).body.label, label);
      assert.equal((await list(token))[0]?.label, label);
    });
  }

  it('can be repeated', async () => {
    const { token } = await signInNewUser(app());
    const [one, two] = [await rename(token, 1, 'Backpack'), await rename(token, 1, 'Backpack')];
    assert.deepEqual([one.status, two.status], [200, 200]);
    assert.deepEqual(one.body, two.body);
  });

  it("leaves other users' slots of the same number alone", async () => {
    const [mine, other] = [await signInNewUser(app()), await signInNewUser(app())];
    const before = await list(other.token);
    await rename(mine.token, 1, 'Mine');
    assert.deepEqual(await list(other.token), before);
  });
});
