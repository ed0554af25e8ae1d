import assert from 'node:assert/strict';
import { createRelayManager } from '../../../src/sdk/relay/index.ts';
import { useManagerLab } from './lab.ts';
import { refusal, unreachable } from './sessions.ts';

describe('a relay manager in trouble and at the end', () => {
  const lab = useManagerLab();

  it('holds a denial as a state and tries again only when asked', async () => {
    const { control, manager, timers } = lab();
    control.fail('startRelay', refusal(403, 'entitlement_denied', { reasonCode: 'time_bank_exhausted' }));
    const id = await manager.add();
    await timers.advance(3_600_000);
    assert.equal(lab().one(id).state, 'denied');
    assert.deepEqual(
      lab()
        .eventsOfType('denied')
        .map(({ reasonCode }) => reasonCode),
      ['time_bank_exhausted'],
    );
    assert.equal(control.count('startRelay'), 1);
    await manager.retry(id);
    await timers.advance(0);
    assert.equal(lab().one(id).state, 'provisioning');
    const keys = control.calls.filter(({ name }) => name === 'startRelay').map(({ key }) => key);
    assert.equal(new Set(keys).size, 2);
  });

  it('obeys Retry-After with the same key', async () => {
    const { control, manager, timers } = lab();
    control.fail('startRelay', refusal(503, 'capacity_unavailable', { retryAfter: 30 }));
    const id = await manager.add();
    await timers.advance(29_999);
    assert.equal(control.count('startRelay'), 1);
    assert.equal(lab().one(id).state, 'starting');
    await timers.advance(1);
    const [first, second] = control.calls.filter(({ name }) => name === 'startRelay');
    assert.equal(first?.key, second?.key);
  });

  it('starts a relay again that is gone, but at most three times in ten minutes', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    for (let count = 0; count < 3; count += 1) {
      control.change(id, { status: 'stopped' });
      await timers.advance(20_000);
      assert.ok(control.live(id), `after end ${count + 1}`);
    }
    control.change(id, { status: 'stopped' });
    await timers.advance(60_000);
    assert.equal(control.sessions.size, 4);
    const { state, lastError } = lab().one(id);
    assert.deepEqual([state, lastError?.code], ['failed', 'restart_limit']);
    assert.equal(lab().eventsOfType('session_gone').length, 4);
    await timers.advance(600_000);
    assert.equal(control.sessions.size, 5);
  });

  it('tells why a launch failed and tries again', async () => {
    const { control, manager, timers } = lab();
    const id = await manager.add();
    await timers.advance(0);
    control.change(id, { status: 'stopped', failure: { code: 'provision_timeout', message: 'Too slow.' } });
    await timers.advance(0);
    assert.deepEqual(
      lab()
        .eventsOfType('relay_failed')
        .map(({ error }) => error.code),
      ['provision_timeout'],
    );
    assert.equal(lab().one(id).state, 'provisioning');
  });

  it('stops every relay at the end and starts none until the next load', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    await manager.stopAll();
    await timers.advance(600_000);
    assert.equal(control.live(id), undefined);
    assert.equal(lab().one(id).state, 'stopped');
    assert.equal(control.count('startRelay'), 1);
    await lab().restart();
    await lab().manager.restore();
    await timers.advance(0);
    assert.ok(control.live(id));
  });

  it('leaves relays alone when it is closed, and does nothing any more', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    await manager.close();
    const { length } = control.calls;
    await timers.advance(3_600_000);
    assert.equal(control.calls.length, length);
    assert.ok(control.live(id));
    await assert.rejects(manager.add(), /closed/);
  });

  it('tries at once what waited for the network when any answer comes', async () => {
    const { control, manager, timers } = lab();
    await lab().addActive();
    control.fail('startRelay', unreachable(), { times: 6 });
    const id = await manager.add();
    await timers.advance(29_999);
    assert.equal(lab().one(id).state, 'offline');
    // The heartbeat of the other one.
    await timers.advance(1);
    assert.equal(lab().one(id).state, 'provisioning');
  });

  it('does not hurry when long polls are answered at once without news', async () => {
    const { control, manager, timers } = lab();
    const { getActiveRelay } = control.client;
    control.client.getActiveRelay = ({ connectionId = '' } = {}, options) => getActiveRelay({ connectionId }, options);
    await manager.add();
    await timers.advance(60_000);
    assert.ok(control.count('getActiveRelay') <= 13, String(control.count('getActiveRelay')));
  });

  it('tries a stop at the end once only, and is told that it failed', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    control.isAway = true;
    await manager.stopAll();
    await timers.advance(600_000);
    assert.equal(control.count('stopRelay'), 1);
    const { state, lastError, nextRetryAt } = lab().one(id);
    assert.deepEqual([state, lastError?.kind, nextRetryAt], ['stopping', 'network', null]);
  });

  it('gives a stop at the end up when its caller does', async () => {
    const { manager, control } = lab();
    await lab().addActive();
    control.client.stopRelay = (_body, options) =>
      new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)));
    const giveUp = new AbortController();
    const stopped = manager.stopAll({ signal: giveUp.signal });
    giveUp.abort();
    await stopped;
  });

  it('tells all listeners, and goes on when one throws', async () => {
    const { control, timers } = lab();
    const thrown: unknown[] = [];
    const onListenerError = (error: unknown) => thrown.push(error);
    const manager = createRelayManager({ client: control.client, timers, onListenerError });
    manager.subscribe(() => {
      throw new Error('mine');
    });
    const id = await manager.add();
    await timers.advance(0);
    assert.ok(control.live(id));
    assert.ok(thrown.length > 0);
    await manager.close();
  });

  it('may be added to by a listener that hears of an end', async () => {
    const { control, manager, timers } = lab();
    const id = await lab().addActive();
    manager.subscribe((event) => event.type === 'relay_stopped' && void manager.add({ connectionId: id }));
    await manager.remove(id);
    await timers.advance(10_000);
    assert.ok(control.live(id));
    assert.equal(lab().one(id).state, 'provisioning');
  });
});
