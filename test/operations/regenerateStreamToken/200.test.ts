import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';

describe('regenerateStreamToken 200', () => {
  const app = useApp();

  const list = async (token: string) => (await call(app(), 'GET', '/user/stream-slots', { token })).body.stream_slots;
  const regenerate = async (token: string, body: unknown = {}) => {
    const answer = await call(app(), 'POST', '/user/regenerate-token', { token, body });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };

  it('gives a slot a new token, keeps its label, and leaves the other slots alone', async () => {
    const { token } = await signInNewUser(app());
    await call(app(), 'PUT', '/user/stream-slots/2/label', { token, body: { label: 'Bike' } });
    const [first, second, third] = await list(token);
    const renewed = await regenerate(token, { slot_number: 2 });
    assert.match(renewed.stream_token, /^[0-9a-z]{12}$/);
    assert.notEqual(renewed.stream_token, second.stream_token);
    assert.deepEqual(renewed, { slot_number: 2, label: 'Bike', stream_token: renewed.stream_token });
    assert.deepEqual(await list(token), [first, renewed, third]);
  });

  it('means slot 1 when no slot is named', async () => {
    const { token } = await signInNewUser(app());
    const [first, second] = await list(token);
    const renewed = await regenerate(token);
    assert.equal(renewed.slot_number, 1);
    assert.notEqual(renewed.stream_token, first.stream_token);
    assert.deepEqual((await list(token))[1], second);
  });

  it('gives another token each time', async () => {
    const { token } = await signInNewUser(app());
    const tokens = [];
    for (let count = 0; count < 5; count += 1) tokens.push((await regenerate(token)).stream_token);
    assert.equal(new Set(tokens).size, 5);
  });

  it('keeps the address of the slot', async () => {
    const { token, user } = await signInNewUser(app());
    const slug = async () =>
      (await app().database('stream_slots').where({ user_id: user.id, slot_number: 1 }).first()).relay_slug;
    const before = await slug();
    await regenerate(token);
    assert.equal(await slug(), before);
  });

  it('leaves a live session its old token until it ends; the next one gets the new token', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const old = session.credentials.stream_token;
    const { stream_token: renewed } = await regenerate(token);
    const path = `/relay/sessions/${session.session_id}`;
    const live = (await call(app(), 'GET', path, { token })).body.session;
    assert.deepEqual(live, { ...live, credentials: session.credentials, media_source_url: session.media_source_url });
    assert.equal(live.media_source_url.endsWith(`play_${old}`), true);
    const glance = (await call(app(), 'GET', '/auth/session', { token })).body;
    assert.equal(glance.active_sessions[0].stream_token, old);
    assert.equal(glance.stream_slots[0].stream_token, renewed);

    await call(app(), 'POST', '/relay/stop', { token, body: { session_id: session.session_id } });
    const next = await startActive(app(), token);
    assert.equal(next.credentials.stream_token, renewed);
  });

  it('takes the old token for no new session', async () => {
    const { token } = await signInNewUser(app());
    const [{ stream_token: old }] = await list(token);
    const { stream_token: renewed } = await regenerate(token);
    const begin = (stream_token: string) => start(app(), token, { connection_id: randomUUID(), stream_token });
    const refused = await begin(old);
    assert.deepEqual([refused.status, refused.body.error.details.errors[0].path], [400, '/body/stream_token']);
    assert.equal((await begin(renewed)).status, 201);
  });
});
