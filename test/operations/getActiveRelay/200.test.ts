import assert from 'node:assert/strict';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';

describe('getActiveRelay 200', () => {
  const app = useApp();

  it('tells the live session with its address once it is active', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const { status, body, headers } = await call(app(), 'GET', '/relay/active', { token });
    assert.equal(status, 200);
    assert.equal(body.session.session_id, session.session_id);
    assert.equal(body.session.status, 'active');
    assert.match(body.session.sender_url, /^srtla:\/\/127\./);
    assert.equal(headers.get('ETag'), `W/"${session.session_id}-${body.session.version}"`);
  });

  it('answers a waiting poll as soon as a session appears', async () => {
    const { token } = await signInNewUser(app());
    const poll = call(app(), 'GET', '/relay/active?wait_seconds=25', { token });
    const started = await start(app(), token);
    const { status, body } = await poll;
    assert.equal(status, 200);
    assert.equal(body.session.session_id, started.body.session.session_id);
  });
});
