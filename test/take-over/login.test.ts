import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { createPlugin } from '../plugin-replay/plugin.ts';
import { decideLogin } from '../support/factories.ts';
import { createLegacyDatabase, type LegacyDatabase } from '../support/legacy-database.ts';
import { addLegacyUser } from '../support/legacy-rows.ts';
import { plus } from '../support/relay-session.ts';
import { useApp } from '../support/test-app.ts';
import { importInto } from './import.ts';

describe('A plugin whose sign-in began at the Go service', () => {
  const app = useApp({ roles: ['api'] });
  let legacy: LegacyDatabase;
  let userId: string;
  let now: Date;

  before(async () => {
    legacy = await createLegacyDatabase();
  });
  after(() => legacy.drop());
  beforeEach(async () => {
    now = app().clock.now();
    userId = await addLegacyUser(legacy, now);
  });

  async function begin(status: string, values: Record<string, unknown> = {}): Promise<{ id: string; token: string }> {
    const [id, token] = [`pla_${randomUUID()}`, randomUUID()];
    await legacy.insert('plugin_login_attempts', {
      id,
      status,
      poll_token_hash: createHash('sha256').update(token).digest('hex'),
      client_platform: 'windows',
      created_at: plus(now, -60),
      expires_at: plus(now, 540),
      ...values,
    });
    return { id, token };
  }

  it('polls on, and is signed in once its user approves here', async () => {
    const plugin = createPlugin(app());
    const { id, token } = await begin('pending');
    await importInto(app(), legacy);
    assert.equal((await plugin.pollLogin(id, token)).status, 202);
    assert.equal((await plugin.pollLogin(id, 'another')).status, 404);
    await decideLogin(app(), { login_attempt_id: id, outcome: 'completed', user_id: userId });
    const { status, body } = await plugin.pollLogin(id, token);
    assert.deepEqual([status, body.user.id], [200, userId]);
  });

  it('gets the tokens of an approval that nobody has fetched, and those of no other one', async () => {
    const plugin = createPlugin(app());
    const decided = { user_id: userId, completed_at: plus(now, -10) };
    const open = await begin('completed', decided);
    const fetched = await begin('completed', { ...decided, completed_session_id: 'aut_there' });
    await importInto(app(), legacy);
    assert.equal((await plugin.pollLogin(open.id, open.token)).status, 200);
    assert.equal((await plugin.pollLogin(fetched.id, fetched.token)).body.error.code, 'login_already_claimed');
  });

  it('learns that its user has declined, and why', async () => {
    const plugin = createPlugin(app());
    const { id, token } = await begin('denied', { deny_reason_code: 'user_declined', completed_at: now });
    await importInto(app(), legacy);
    const { status, body } = await plugin.pollLogin(id, token);
    assert.deepEqual([status, body.error.reason_code], [403, 'user_declined']);
  });
});
