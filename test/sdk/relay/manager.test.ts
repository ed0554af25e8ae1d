import assert from 'node:assert/strict';
import { useManagerLab } from './lab.ts';
import { ACTIVE, unreachable } from './sessions.ts';

describe('a relay manager', () => {
  const lab = useManagerLab();

  it('starts a relay for a connection that is added, and tells each step', async () => {
    const { manager, control, timers } = lab();
    const id = await manager.add({ label: 'Phone', region: 'eu-west-1', streamSlot: 2 });
    await timers.advance(0);
    assert.deepEqual(control.calls[0]?.body, {
      connection_id: id,
      region_preference: 'eu-west-1',
      stream_slot: 2,
      client_context: { mode: 'auto', requested_by: 'telemy-sdk' },
    });
    assert.match(control.calls[0]?.key ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    control.change(id, { provision_step: 'starting_docker' });
    await timers.advance(0);
    control.change(id, ACTIVE);
    await timers.advance(0);
    const told = lab().events.filter(({ type }) => type !== 'snapshot_changed');
    assert.deepEqual(
      told.map((event) => (event.type === 'provision_step' ? event.step : event.type)),
      ['relay_started', 'launching_instance', 'starting_docker', 'ready', 'relay_active'],
    );
    const { state, provision, label } = lab().one(id);
    assert.deepEqual([state, label], ['active', 'Phone']);
    assert.deepEqual(Object.keys(provision?.seenAt ?? {}), ['launching_instance', 'starting_docker', 'ready']);
  });

  it('follows by long polls alone, at most three at a time', async () => {
    const { control, manager, timers } = lab();
    for (let count = 0; count < 5; count += 1) await manager.add();
    await timers.advance(0);
    const waiting = control.calls.filter((call) => call.name === 'getActiveRelay');
    assert.equal(waiting.length, 3);
    for (const { body } of waiting) assert.deepEqual([body.waitSeconds, body.sinceVersion], [25, 1]);
    await timers.advance(60_000);
    const plain = control.calls.filter((call) => call.name === 'getActiveRelay' && call.body.waitSeconds === undefined);
    assert.equal(plain.length, 2 * 6);
  });

  it('removes: stops the relay, follows a stop that is put off until it is done, and forgets the connection', async () => {
    const { control, manager, timers } = lab();
    const id = await manager.add();
    await timers.advance(0);
    await manager.remove(id);
    await timers.advance(0);
    assert.equal(lab().one(id).state, 'stopping');
    assert.deepEqual(
      (await lab().saved()).map(({ removing }) => removing),
      [true],
    );
    control.change(id, { status: 'stopped' });
    await timers.advance(0);
    assert.deepEqual(manager.snapshot().connections, []);
    assert.deepEqual(await lab().saved(), []);
    assert.equal(lab().eventsOfType('relay_stopped').length, 1);
    assert.equal(control.count('startRelay'), 1);
  });

  it('stops again when a relay became active in spite of a noted stop', async () => {
    const { control, manager, timers } = lab();
    const id = await manager.add();
    await timers.advance(0);
    await manager.remove(id);
    await timers.advance(0);
    control.change(id, ACTIVE);
    await timers.advance(0);
    assert.equal(control.live(id), undefined);
    assert.deepEqual(manager.snapshot().connections, []);
  });

  it('takes a noted stop back with a new key when the connection is added again', async () => {
    const { control, manager, timers } = lab();
    const id = await manager.add();
    await timers.advance(0);
    await manager.remove(id);
    await timers.advance(0);
    await manager.add({ connectionId: id });
    await timers.advance(0);
    const keys = control.calls.filter(({ name }) => name === 'startRelay').map(({ key }) => key);
    assert.equal(new Set(keys).size, 2);
    assert.equal(lab().one(id).state, 'provisioning');
    assert.equal(control.sessions.size, 1);
  });

  it('keeps the wish to remove while offline, over a restart, and carries it out later', async () => {
    const { control, timers } = lab();
    const id = await lab().addActive();
    control.isAway = true;
    await lab().manager.remove(id);
    await timers.advance(5_000);
    await lab().restart();
    await lab().manager.restore();
    await timers.advance(5_000);
    assert.equal(lab().one(id).state, 'stopping');
    control.isAway = false;
    await timers.advance(60_000);
    assert.equal(control.live(id), undefined);
    assert.deepEqual(await lab().saved(), []);
    assert.equal(control.count('startRelay'), 1);
  });

  it('stops once more what a lost start may have made after the first stop', async () => {
    const { control, manager, timers } = lab();
    control.fail('startRelay', unreachable());
    const id = await manager.add();
    await timers.advance(0);
    await manager.remove(id);
    await timers.advance(0);
    control.plant(id, ACTIVE);
    await timers.advance(30_000);
    assert.equal(control.live(id), undefined);
    assert.deepEqual(await lab().saved(), []);
  });

  it('keeps the key of a start over lost answers and a restart, so that there is one relay', async () => {
    const { control, manager, timers } = lab();
    control.fail('startRelay', unreachable(), { times: 3, isLost: true });
    const id = await manager.add();
    await timers.advance(1_000);
    assert.ok((await lab().saved())[0]?.pendingStart);
    await lab().restart();
    await lab().manager.restore();
    await timers.advance(60_000);
    const keys = control.calls.filter(({ name }) => name === 'startRelay').map(({ key }) => key);
    assert.ok(keys.length >= 4);
    assert.equal(new Set(keys).size, 1);
    assert.equal(control.sessions.size, 1);
    assert.equal(lab().one(id).state, 'provisioning');
    assert.equal((await lab().saved())[0]?.pendingStart, undefined);
  });

  it('does not give up a start that is under way when something else is wished', async () => {
    const { control, manager, timers } = lab();
    const { startRelay } = control.client;
    let answer = () => {};
    const late = new Promise<void>((resolve) => {
      answer = resolve;
    });
    control.client.startRelay = async (body, options) => {
      const started = await startRelay(body, options);
      const givenUp = new Promise<never>((_, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      });
      await Promise.race([late, givenUp]);
      return started;
    };
    const id = await manager.add();
    await timers.advance(0);
    await manager.remove(id);
    await timers.advance(0);
    assert.equal(control.count('stopRelay'), 0);
    answer();
    await timers.advance(0);
    assert.equal(control.count('startRelay'), 1);
    assert.equal(control.count('stopRelay'), 1);
  });
});
