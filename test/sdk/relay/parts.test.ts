import assert from 'node:assert/strict';
import { backoffMs, heartbeatDelayMs, pollPauseMs, retryDelayMs, startDelays } from '../../../src/sdk/relay/backoff.ts';
import { newConnection, nextStep } from '../../../src/sdk/relay/connection.ts';
import { createEventHub } from '../../../src/sdk/relay/event-hub.ts';
import {
  createLocalStorageConnectionStore,
  createMemoryConnectionStore,
  createRelayManager,
} from '../../../src/sdk/relay/index.ts';
import { reduce } from '../../../src/sdk/relay/reduce.ts';
import { verdictOf } from '../../../src/sdk/relay/relay-error.ts';
import { createManualTimers } from '../../support/manual-timers.ts';
import { createFakeControl } from './fake-control.ts';
import { apiSession } from './sessions.ts';

const api = (status: number) => verdictOf({ kind: 'api', code: 'x', message: '', status });

describe('the waits of the relay manager', () => {
  it('double from 1 s to 60 s, half of it left to chance', () => {
    assert.deepEqual(
      [1, 2, 3, 7, 99].map((failures) => backoffMs(failures, 1)),
      [1_000, 2_000, 4_000, 60_000, 60_000],
    );
    assert.equal(backoffMs(2, 0), 1_000);
  });

  it('are never shorter than the server says', () => {
    assert.equal(retryDelayMs({ retryAfter: 30 }, 1, 0), 30_000);
    assert.equal(retryDelayMs({ retryAfter: 30 }, 1, 1), 31_000);
  });

  it('are those of the OBS plugin between heartbeats', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 50].map(heartbeatDelayMs),
      [30_000, 30_000, 30_000, 60_000, 120_000, 120_000, 120_000],
    );
  });

  it('put at most 2 s between two starts', () => {
    assert.deepEqual(
      startDelays(4, () => 0.999),
      [0, 1_998, 3_996, 5_994],
    );
  });

  it('keep all looks of an account below half of its limit', () => {
    for (const connections of [1, 4, 30, 99])
      assert.ok((connections * 60_000) / pollPauseMs(connections) <= 30 || connections < 3);
  });
});

describe('what an error means to the relay manager', () => {
  it('is a retry where the same request may go well later, a denial where the account must change', () => {
    assert.deepEqual([401, 403, 426].map(api), ['denied', 'denied', 'denied']);
    assert.deepEqual([500, 503, 429, 409].map(api), ['retry', 'retry', 'retry', 'retry']);
    assert.deepEqual([400, 404, 410].map(api), ['final', 'final', 'final']);
  });
});

describe("a connection's state machine", () => {
  const moment = { now: 1_000, chance: 0 };
  const fresh = newConnection({ connectionId: 'c' });

  it('changes nothing that it is given', () => {
    const frozen = Object.freeze({ ...fresh, saved: Object.freeze({ ...fresh.saved }) });
    const { connection } = reduce(frozen, { type: 'start_due', idempotencyKey: 'k' }, moment);
    assert.equal(connection.saved.pendingStart?.idempotencyKey, 'k');
    assert.equal(frozen.saved.pendingStart, undefined);
  });

  it('keeps the key and the words of a start that has no answer', () => {
    const due = reduce(fresh, { type: 'start_due', idempotencyKey: 'k' }, moment).connection;
    const wished = reduce(due, { type: 'region_wanted', region: 'eu-west-1' }, moment).connection;
    const again = reduce(wished, { type: 'start_due', idempotencyKey: 'other' }, moment).connection;
    assert.deepEqual(again.saved.pendingStart, { idempotencyKey: 'k' });
    assert.deepEqual(again.saved.move, { region: 'eu-west-1', accepted: false });
  });

  it('makes a new key after a mismatch', () => {
    const due = reduce(fresh, { type: 'start_due', idempotencyKey: 'k' }, moment).connection;
    const error = { kind: 'api', code: 'idempotency_mismatch', message: '', status: 409 } as const;
    const { connection } = reduce(due, { type: 'failed', attempt: 'start', error }, moment);
    assert.equal(connection.saved.pendingStart, undefined);
    assert.equal(nextStep({ ...connection, isSynced: true }, 60_000).do, 'start');
  });

  it('starts anew when the key of a start led to a session that has ended', () => {
    const session = apiSession({ status: 'stopped' });
    const { connection } = reduce(fresh, { type: 'started', session, outcome: 'replayed' }, moment);
    assert.equal(connection.session, null);
    assert.equal(nextStep(connection, 1_000).do, 'start');
  });

  it('follows another live session of the connection when its own is gone', () => {
    const first = reduce(fresh, { type: 'seen', session: apiSession(), last: null }, moment).connection;
    const other = apiSession({ session_id: 'ses_2' });
    const { news } = reduce(first, { type: 'seen', session: other, last: null }, moment);
    assert.deepEqual(
      news.map(({ type }) => type),
      ['session_gone', 'relay_started', 'provision_step'],
    );
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
