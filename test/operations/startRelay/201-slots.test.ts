import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signInNewUser, start, startActive } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { stop } from '../../support/relay-calls.ts';
import { useApp } from '../../support/test-app.ts';

describe('startRelay 201, the stream slot', () => {
  const app = useApp();

  /** A user on a plan of three relays, and the tokens of the three slots. */
  async function signInWithSlots(): Promise<{ token: string; tokens: string[] }> {
    const { token, login } = await signInNewUser(app(), 'pro');
    return { token, tokens: login.body.stream_slots.map((slot: { stream_token: string }) => slot.stream_token) };
  }

  /** Starts a relay and answers the stream token that it got. */
  async function tokenOfStart(token: string, body: Record<string, unknown>): Promise<string> {
    const { status, text, body: answer } = await start(app(), token, body);
    assert.equal(status, 201, text);
    return answer.session.credentials.stream_token;
  }

  it('gives each connection the first free slot', async () => {
    const { token, tokens } = await signInWithSlots();
    const given = [];
    for (let count = 0; count < 3; count += 1) given.push(await tokenOfStart(token, { connection_id: randomUUID() }));
    assert.deepEqual(given, tokens);
  });

  it('gives the slot asked for, by its token, its number or both', async () => {
    for (const by of ['token', 'number', 'both']) {
      const { token, tokens } = await signInWithSlots();
      const byToken = by === 'number' ? {} : { stream_token: tokens[1] };
      const byNumber = by === 'token' ? {} : { stream_slot: 2 };
      assert.equal(await tokenOfStart(token, { ...byToken, ...byNumber }), tokens[1], by);
    }
  });

  it('lets a connection keep its slot, whichever starts first the next time', async () => {
    const { token, tokens } = await signInWithSlots();
    const [first, second] = [randomUUID(), randomUUID()];
    for (const connection_id of [first, second]) await startActive(app(), token, { connection_id });
    for (const connection_id of [first, second]) await stop(app(), token, { connection_id });
    assert.equal(await tokenOfStart(token, { connection_id: second }), tokens[1]);
    assert.equal(await tokenOfStart(token, { connection_id: first }), tokens[0]);
  });

  it("leaves a stopped connection's slot to it while another one is free", async () => {
    const { token, tokens } = await signInWithSlots();
    const [first, second] = [randomUUID(), randomUUID()];
    await startActive(app(), token, { connection_id: first });
    await stop(app(), token, { connection_id: first });
    assert.equal(await tokenOfStart(token, { connection_id: second }), tokens[1]);
    assert.equal(await tokenOfStart(token, { connection_id: first }), tokens[0]);
  });

  it('lets a connection keep the slot that it once asked for', async () => {
    const { token, tokens } = await signInWithSlots();
    const connection_id = randomUUID();
    const session = await startActive(app(), token, { connection_id, stream_slot: 3 });
    assert.equal(session.credentials.stream_token, tokens[2]);
    await stop(app(), token, { connection_id });
    assert.equal(await tokenOfStart(token, { connection_id }), tokens[2]);
  });

  it('moves a connection to another slot when it asks for one', async () => {
    const { token, tokens } = await signInWithSlots();
    const connection_id = randomUUID();
    await startActive(app(), token, { connection_id });
    await stop(app(), token, { connection_id });
    assert.equal(await tokenOfStart(token, { connection_id, stream_token: tokens[2] }), tokens[2]);
  });

  it('uses a new token from the next session on, not in a live one', async () => {
    const { token, tokens } = await signInWithSlots();
    const session = await startActive(app(), token);
    const renewed = await call(app(), 'POST', '/user/regenerate-token', { token, body: { slot_number: 1 } });
    const live = await start(app(), token);
    assert.equal(live.body.session.credentials.stream_token, tokens[0]);
    await stop(app(), token, { session_id: session.session_id });
    const next = await tokenOfStart(token, {});
    assert.equal(next, renewed.body.stream_token);
    assert.notEqual(next, tokens[0]);
  });
});
