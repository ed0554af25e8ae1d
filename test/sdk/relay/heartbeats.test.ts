import assert from 'node:assert/strict';
import { START_MS, useManagerLab } from './lab.ts';
import { refusal, unreachable } from './sessions.ts';

describe("a relay manager's heartbeats", () => {
  const lab = useManagerLab();
  const beats = () => lab().control.count('heartbeat');

  it('begin at once when a relay is active and come every 30 s, in grace too', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    assert.deepEqual(control.calls.find(({ name }) => name === 'heartbeat')?.body, {
      session_id: 'ses_1',
      instance_id: 'i-1',
    });
    assert.equal(beats(), 1);
    await timers.advance(29_999);
    assert.equal(beats(), 1);
    await timers.advance(1);
    assert.equal(beats(), 2);
    control.change(id, { status: 'grace' });
    await timers.advance(60_000);
    assert.equal(beats(), 4);
    assert.equal(lab().one(id).state, 'grace');
    assert.equal(lab().one(id).heartbeat.lastOkAt, START_MS + 90_000);
  });

  it('are not sent while a relay is launched or being removed', async () => {
    const { control, manager, timers } = lab();
    const id = await manager.add();
    await timers.advance(120_000);
    assert.equal(beats(), 0);
    control.change(id, { status: 'active' });
    await timers.advance(0);
    control.isAway = true;
    await manager.remove(id);
    await timers.advance(120_000);
    assert.equal(beats(), 1);
  });

  it('go to the new instance at once', async () => {
    const id = await lab().addActive();
    lab().control.change(id, { instance_id: 'i-2' });
    await lab().timers.advance(0);
    assert.equal(
      lab()
        .control.calls.filter(({ name }) => name === 'heartbeat')
        .at(-1)?.body.instance_id,
      'i-2',
    );
  });

  it('back off after three failures to 120 s, and tell of it and of the recovery', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    control.fail('heartbeat', refusal(500, 'internal_error'), { times: 5 });
    // 30, 60, 90 s: three failures; then after 60 s and after 120 s.
    for (const [ms, count] of [
      [30_000, 2],
      [60_000, 4],
      [59_999, 4],
      [1, 5],
      [119_999, 5],
      [1, 6],
    ] as const) {
      await timers.advance(ms);
      assert.equal(beats(), count);
    }
    assert.deepEqual(
      lab()
        .eventsOfType('heartbeat_failed')
        .map(({ consecutiveFailures }) => consecutiveFailures),
      [1, 2, 3, 4, 5],
    );
    assert.equal(lab().one(id).heartbeat.consecutiveFailures, 5);
    await timers.advance(120_000);
    assert.deepEqual(
      lab()
        .eventsOfType('heartbeat_recovered')
        .map(({ afterFailures }) => afterFailures),
      [5],
    );
    assert.equal(lab().one(id).heartbeat.lastError, null);
  });

  it('end with a 404, which leads to a new relay when the server has none', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    const session = control.live(id);
    // The poll is not told: only the heartbeat finds it.
    control.sessions.set('ses_1', { ...(session as NonNullable<typeof session>), status: 'stopped' });
    await timers.advance(30_000);
    assert.equal(lab().eventsOfType('session_gone').length, 1);
    assert.equal(control.live(id)?.session_id, 'ses_2');
    assert.equal(beats(), 2);
  });

  it('end with a 404 without a new relay when the server says that it is live', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    control.fail('heartbeat', refusal(404, 'not_found'));
    await timers.advance(600_000);
    assert.equal(beats(), 2);
    assert.equal(lab().one(id).state, 'active');
    assert.equal(control.sessions.size, 1);
  });

  it('and the relay are looked after at once when the machine slept', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    control.sessions.delete('ses_1');
    await timers.advance(5_000);
    lab().setClock(8 * 3_600_000);
    await timers.advance(5_000);
    assert.equal(lab().eventsOfType('session_gone').length, 1);
    assert.ok(control.live(id));
  });

  it('are sent at once, whatever the clock was set to', async () => {
    const { control, timers } = lab();
    await lab().addActive();
    lab().setClock(-8 * 3_600_000);
    await timers.advance(10_000);
    assert.equal(beats(), 2);
    assert.equal(control.calls.at(-1)?.name, 'getActiveRelay');
  });

  it('come back at once with the network', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    control.fail('heartbeat', unreachable(), { times: 3 });
    await timers.advance(90_000);
    assert.equal(lab().manager.snapshot().online, false);
    assert.equal(lab().one(id).state, 'active');
    const before = beats();
    control.change(id, { status: 'grace' });
    await timers.advance(0);
    assert.equal(lab().manager.snapshot().online, true);
    assert.equal(beats(), before + 1);
    assert.equal(lab().eventsOfType('heartbeat_recovered').length, 1);
  });
});
