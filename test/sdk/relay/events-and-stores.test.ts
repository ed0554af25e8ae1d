import assert from 'node:assert/strict';
import { createEventHub } from '../../../src/sdk/relay/event-hub.ts';
import { sendHeartbeats } from '../../../src/sdk/relay/heartbeats.ts';
import {
  createLocalStorageConnectionStore,
  createMemoryConnectionStore,
  createRelayManager,
} from '../../../src/sdk/relay/index.ts';
import { createManualTimers } from '../../support/manual-timers.ts';
import { createFakeControl } from './fake-control.ts';
import { refusal } from './sessions.ts';

describe('heartbeats for one relay', () => {
  it('end with a 404', async () => {
    const timers = createManualTimers();
    const failures: (number | undefined)[] = [];
    const send = () => Promise.reject(refusal(404, 'not_found'));
    const onFailed = ({ status }: { status?: number }) => void failures.push(status);
    await sendHeartbeats({ timers, send, onAccepted: () => {}, onFailed }, new AbortController().signal);
    assert.deepEqual(failures, [404]);
  });
});

describe('the events of the relay manager', () => {
  it('reach all listeners, though one throws', () => {
    const thrown: unknown[] = [];
    const heard: number[] = [];
    const hub = createEventHub<number>((error) => thrown.push(error));
    hub.subscribe(() => {
      throw new Error('mine');
    });
    const unsubscribe = hub.subscribe((event) => heard.push(event));
    hub.emit(1);
    unsubscribe();
    hub.emit(2);
    assert.deepEqual(heard, [1]);
    assert.equal(thrown.length, 2);
  });

  it('can be looped over from the call on until the signal is aborted', async () => {
    const hub = createEventHub<number>(() => {});
    const ending = new AbortController();
    const events = hub.events(ending.signal);
    hub.emit(1);
    hub.emit(2);
    const seen: number[] = [];
    for await (const event of events) {
      seen.push(event);
      if (event === 2) setImmediate(() => ending.abort());
    }
    assert.deepEqual(seen, [1, 2]);
  });

  it('end for those who wait when the hub is closed', async () => {
    const hub = createEventHub<number>(() => {});
    const next = hub.events().next();
    hub.close();
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.deepEqual(await hub.events().next(), { done: true, value: undefined });
  });
});

describe('the stores of connections', () => {
  it('give back what was saved, as a copy', async () => {
    const store = createMemoryConnectionStore();
    const list = [{ connectionId: 'a' }];
    await store.save(list);
    assert.deepEqual(await store.load(), list);
    assert.notEqual((await store.load())[0], list[0]);
  });

  it('take what cannot be read in a browser for nothing', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
    };
    const store = createLocalStorageConnectionStore('k', storage);
    assert.deepEqual(store.load(), []);
    store.save([{ connectionId: 'a' }]);
    assert.deepEqual(createLocalStorageConnectionStore('k', storage).load(), [{ connectionId: 'a' }]);
    for (const text of ['{', '{}', '[null, 1]']) {
      kept.set('k', text);
      assert.deepEqual(store.load(), []);
    }
  });

  it('have a start saved before it is sent', async () => {
    const control = createFakeControl();
    const timers = createManualTimers();
    const store = createMemoryConnectionStore();
    let isSaving = () => {};
    const slow = new Promise<void>((resolve) => {
      isSaving = resolve;
    });
    const save: typeof store.save = async (list) => {
      await slow;
      await store.save(list);
    };
    const manager = createRelayManager({ client: control.client, timers, store: { load: store.load, save } });
    const added = manager.add();
    await timers.advance(60_000);
    assert.equal(control.count('startRelay'), 0);
    isSaving();
    await added;
    await timers.advance(0);
    assert.equal(control.count('startRelay'), 1);
    await manager.close();
  });

  it('stop nothing when they cannot be written to', async () => {
    const control = createFakeControl();
    const timers = createManualTimers();
    const save = () => Promise.reject(new Error('full'));
    const manager = createRelayManager({ client: control.client, timers, store: { load: () => [], save } });
    await manager.add();
    await timers.advance(0);
    assert.equal(control.count('startRelay'), 1);
    assert.equal(manager.snapshot().storeError, 'full');
    await manager.close();
  });
});

describe('a snapshot of the relay manager', () => {
  it('cannot be changed, and is the same until something happens', async () => {
    const control = createFakeControl();
    const timers = createManualTimers();
    const manager = createRelayManager({ client: control.client, timers });
    const id = await manager.add();
    await timers.advance(0);
    const before = manager.snapshot();
    assert.equal(manager.snapshot(), before);
    const [connection] = before.connections;
    assert.throws(() => Object.assign(connection as object, { state: 'active' }), TypeError);
    assert.throws(() => Object.assign(connection?.session?.relay as object, { srt_port: 1 }), TypeError);
    control.change(id, { status: 'active' });
    await timers.advance(0);
    assert.equal(before.connections[0]?.state, 'provisioning');
    assert.equal(manager.snapshot().connections[0]?.state, 'active');
    await manager.close();
  });
});
