import assert from 'node:assert/strict';
import { createRelayManager, type SavedConnection } from '../../../src/sdk/relay/index.ts';
import { createManualTimers } from '../../support/manual-timers.ts';
import { createFakeControl } from './fake-control.ts';
import { createManagerLab, type ManagerLab } from './lab.ts';
import { ACTIVE } from './sessions.ts';

const [A, B] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'] as const;

describe('a relay manager that stops all', () => {
  let lab: ManagerLab;
  beforeEach(() => {
    lab = createManagerLab({ connections: [{ connectionId: A }, { connectionId: B }], chance: 0.5 });
  });
  afterEach(() => lab.manager.close());

  it('stops a relay of the last run even before the first look for it is answered', async () => {
    lab.control.client.getActiveRelay = (_query, options) =>
      new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)));
    lab.control.plant(A, ACTIVE);
    await lab.manager.restore();
    await lab.timers.advance(0);
    await lab.manager.stopAll();
    assert.equal(lab.control.live(A), undefined);
    assert.deepEqual([lab.one(A).state, lab.one(B).state], ['stopped', 'stopped']);
    assert.equal(lab.one(B).lastError, null);
  });

  it('sends no stop for a connection that is known to have no relay', async () => {
    await lab.manager.restore();
    await lab.timers.advance(0);
    // The second one waits for its turn to start.
    assert.deepEqual([lab.one(A).state, lab.one(B).state], ['provisioning', 'starting']);
    await lab.manager.stopAll();
    const stops = lab.control.calls.filter(({ name }) => name === 'stopRelay');
    assert.deepEqual(
      stops.map(({ body }) => body.connection_id),
      [A],
    );
  });

  it('still carries out a removal that is wished afterwards', async () => {
    await lab.manager.restore();
    await lab.manager.stopAll();
    await lab.manager.remove(A);
    await lab.timers.advance(0);
    assert.deepEqual(
      (await lab.saved()).map(({ connectionId }) => connectionId),
      [B],
    );
    await lab.timers.advance(600_000);
    assert.equal(lab.control.count('startRelay'), 0);
  });
});

describe('a relay manager that stops all while it loads', () => {
  function loadSlowly() {
    const control = createFakeControl();
    const timers = createManualTimers();
    let loaded: (list: SavedConnection[]) => void = () => {};
    const list = new Promise<SavedConnection[]>((resolve) => {
      loaded = resolve;
    });
    const store = { load: () => list, save() {} };
    const manager = createRelayManager({ client: control.client, timers, store });
    control.plant(A, ACTIVE);
    return { control, timers, manager, finish: () => loaded([{ connectionId: A }, { connectionId: B }]) };
  }

  it('stops what the load brings, and starts nothing', async () => {
    const { control, timers, manager, finish } = loadSlowly();
    const restored = manager.restore();
    let isOver = false;
    const stopped = manager.stopAll().then(() => {
      isOver = true;
    });
    await timers.advance(0);
    assert.equal(isOver, false);
    finish();
    await Promise.all([restored, stopped]);
    assert.equal(control.live(A), undefined);
    await timers.advance(600_000);
    assert.equal(control.count('startRelay'), 0);
    await manager.close();
  });

  it('stops what was to be added before', async () => {
    const { control, timers, manager, finish } = loadSlowly();
    const added = manager.add();
    const stopped = manager.stopAll();
    finish();
    await Promise.all([added, stopped]);
    await timers.advance(600_000);
    assert.deepEqual(
      manager.snapshot().connections.map(({ state }) => state),
      ['stopped', 'stopped', 'stopped'],
    );
    assert.deepEqual([control.live(A), control.live(B)], [undefined, undefined]);
    await manager.close();
  });

  for (const when of ['before', 'while'] as const) {
    it(`waits no longer once its signal is aborted, ${when} it waits, and nothing starts later`, async () => {
      const { control, timers, manager, finish } = loadSlowly();
      const restored = manager.restore();
      const giveUp = new AbortController();
      if (when === 'before') giveUp.abort();
      const stopped = manager.stopAll({ signal: giveUp.signal });
      giveUp.abort();
      await stopped;
      finish();
      await restored;
      await timers.advance(600_000);
      assert.equal(control.count('startRelay'), 0);
      await manager.close();
    });
  }
});
