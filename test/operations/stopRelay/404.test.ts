import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { assertError, readSession, stop } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

const UNKNOWN = 'ses_019aa1c30000710092a3b4c5d6e7f809';

describe('stopRelay 404', () => {
  const app = useApp();

  it("has one body for an unknown session, someone else's, and one of another connection", async () => {
    const [mia, ben] = [await signInNewUser(app()), await signInNewUser(app())];
    const connection_id = randomUUID();
    const session = await startActive(app(), mia.token, { connection_id });
    const { session_id } = session;
    const other = randomUUID();
    await start(app(), mia.token, { connection_id: other });
    const answers = [
      await stop(app(), mia.token, { session_id: UNKNOWN }),
      await stop(app(), ben.token, { session_id }),
      await stop(app(), ben.token, { session_id, connection_id }),
      await stop(app(), ben.token, { connection_id }),
      await stop(app(), mia.token, { connection_id: randomUUID() }),
      await stop(app(), mia.token, { session_id, connection_id: randomUUID() }),
      await stop(app(), mia.token, { session_id, connection_id: other }),
      await stop(app(), ben.token, {}),
    ];
    const bodies = answers.map((answer) => assertError(answer, 404, 'not_found'));
    for (const body of bodies) assert.deepEqual(body, bodies[0]);
    const { status, version } = await readSession(app(), mia.token, session_id);
    assert.deepEqual([status, version], ['active', session.version], 'nothing was stopped');
  });

  it('is given for a connection beside a session that has none', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startActive(app(), token);
    assertError(await stop(app(), token, { session_id, connection_id: randomUUID() }), 404, 'not_found');
    assert.equal((await readSession(app(), token, session_id)).status, 'active');
  });

  it('is given for an empty object when no session is live any more', async () => {
    const { token } = await signInNewUser(app());
    const { session_id } = await startActive(app(), token);
    await stop(app(), token, { session_id });
    assertError(await stop(app(), token, {}), 404, 'not_found');
  });
});
