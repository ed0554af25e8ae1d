import { systemTimers } from '../timers.ts';
import { newUuid } from '../uuid.ts';
import { watchClock } from './clock-watch.ts';
import { type Connection, newConnection } from './connection.ts';
import { createEntry, type Entry } from './entry.ts';
import { createEventHub } from './event-hub.ts';
import type { ConnectionNews, RelayEvent } from './events.ts';
import type { Command, Input } from './input.ts';
import type { RelayManager, RelayManagerOptions } from './manager-types.ts';
import { createPollPlaces } from './poll-places.ts';
import { createReach } from './reach.ts';
import { areAllAnswered, releaseHeld } from './release.ts';
import { createSaver } from './saver.ts';
import { createSnapshots } from './snapshots.ts';
import { stopNow } from './stop-now.ts';
import { createMemoryConnectionStore, type SavedConnection } from './store.ts';
import { unlessAborted } from './wait.ts';

/** Makes a manager. Nothing is sent and nothing runs before `restore` or another of its methods is called. */
export function createRelayManager(options: RelayManagerOptions): RelayManager {
  const { client, store = createMemoryConnectionStore(), timers = systemTimers, random = Math.random } = options;
  const { onListenerError = (error) => console.error('A listener of the relay manager threw', error) } = options;
  const hub = createEventHub<RelayEvent>(onListenerError);
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  const reach = createReach({
    offline: (error) => hub.emit({ type: 'offline', at: timers.now(), error }),
    online: onOnline,
  });
  const places = createPollPlaces();
  const saver = createSaver(store, () => all().map((entry) => entry.read().saved), setStoreError);
  const snapshots = createSnapshots(() => ({
    online: reach.isOnline(),
    storeError,
    connections: all().map((entry) => entry.read()),
  }));
  let watching = Promise.resolve();
  let loading: Promise<void> | null = null;
  let isHolding = false;
  let storeError: string | null = null;

  function all(): Entry[] {
    return [...entries.values()];
  }

  function announceChange(): void {
    snapshots.renew();
    hub.emit({ type: 'snapshot_changed', at: timers.now(), snapshot: snapshots.present() });
  }

  function setStoreError(error: string | null): void {
    if (error === storeError) return;
    storeError = error;
    announceChange();
  }

  function onChange(before: Connection, after: Connection, news: ConnectionNews[], input: Input): void {
    const { connectionId } = after.saved;
    if (after.saved !== before.saved) saver.save();
    snapshots.renew();
    for (const item of news) hub.emit({ ...item, connectionId, at: timers.now() });
    reach.note(input);
    announceChange();
    if (!isHolding || !areAllAnswered(all())) return;
    isHolding = false;
    releaseHeld(all(), random);
  }

  /** What waits only because of the network needn't any more. */
  function onOnline(): void {
    hub.emit({ type: 'online', at: timers.now() });
    for (const entry of all()) {
      const { error, heartbeat } = entry.read();
      if (error?.kind === 'network') tellAndWake(entry, { type: 'doubted' });
      if (heartbeat.lastError?.kind === 'network') entry.beatNow();
    }
  }

  function tellAndWake(entry: Entry, command: Command): void {
    entry.tell(command);
    entry.wake(command.type === 'halted');
  }

  function onClockJump(): void {
    for (const entry of all()) {
      tellAndWake(entry, { type: 'doubted' });
      entry.beatNow();
    }
  }

  function put(connection: Connection): void {
    const { connectionId } = connection.saved;
    const shared = { client, timers, random, places, requestedBy: options.requestedBy ?? 'telemy-sdk' };
    const onDone = () => {
      entries.delete(connectionId);
      saver.save();
      announceChange();
    };
    const own = { newKey: newUuid, saved: saver.saved, count: () => entries.size, onChange, onDone };
    entries.set(connectionId, createEntry({ ...shared, ...own }, connection));
  }

  async function load(): Promise<void> {
    const list = await store.load();
    assertOpen();
    isHolding = list.length > 0;
    for (const saved of list) if (!entries.has(saved.connectionId)) put(newConnection(saved, true));
    watching = watchClock(timers, onClockJump, closing.signal);
    if (list.length > 0) announceChange();
  }

  async function restore(): Promise<void> {
    assertOpen();
    loading ??= load();
    try {
      await loading;
    } catch (error) {
      loading = null;
      throw error;
    }
    assertOpen();
  }

  function assertOpen(): void {
    if (closing.signal.aborted) throw new Error('The relay manager is closed.');
  }

  async function haltAll(): Promise<Entry[]> {
    // What is being loaded would start otherwise, even if nobody waits for it any more.
    await loading?.catch(() => {});
    for (const entry of all()) tellAndWake(entry, { type: 'halted' });
    return all();
  }

  async function command(connectionId: string, input: Command): Promise<void> {
    const entry = entries.get(connectionId);
    if (entry) tellAndWake(entry, input);
    await saver.saved();
  }

  return {
    restore,
    async add({ connectionId, region = options.regionPreference, streamSlot, label } = {}) {
      await restore();
      const id = connectionId?.toLowerCase() ?? newUuid();
      const wanted: Command = { type: 'wanted', label, idempotencyKey: newUuid() };
      if (!entries.has(id)) {
        const saved: SavedConnection = {
          connectionId: id,
          ...(region === undefined ? {} : { region }),
          ...(streamSlot === undefined ? {} : { streamSlot }),
        };
        // A new id can't have a relay yet.
        put({ ...newConnection(saved), isSynced: connectionId === undefined });
        saver.save();
      }
      await command(id, wanted);
      return id;
    },
    async remove(connectionId) {
      await restore();
      await command(connectionId.toLowerCase(), { type: 'removed' });
    },
    async changeRegion(connectionId, region) {
      await restore();
      const id = connectionId.toLowerCase();
      if (!entries.has(id)) throw new Error(`There is no connection ${id}.`);
      await command(id, { type: 'region_wanted', region });
    },
    async retry(connectionId) {
      await restore();
      const ids = connectionId === undefined ? [...entries.keys()] : [connectionId.toLowerCase()];
      await Promise.all(ids.map((id) => command(id, { type: 'retried' })));
      for (const id of ids) entries.get(id)?.beatNow();
    },
    async stopAll({ signal } = {}) {
      const halted = (await unlessAborted(haltAll(), signal)) ?? [];
      await Promise.all(halted.map((entry) => stopNow(client, entry, signal)));
      await saver.saved();
    },
    async close() {
      closing.abort();
      hub.close();
      await Promise.all([watching, ...all().map((entry) => entry.end())]);
      await saver.saved();
    },
    snapshot: snapshots.present,
    subscribe: hub.subscribe,
    events: hub.events,
  };
}
