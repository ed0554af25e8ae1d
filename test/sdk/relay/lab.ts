import assert from 'node:assert/strict';
import {
  type ConnectionSnapshot,
  createMemoryConnectionStore,
  createRelayManager,
  type RelayEvent,
  type RelayManager,
  type SavedConnection,
} from '../../../src/sdk/relay/index.ts';
import { createManualTimers, type ManualTimers } from '../../support/manual-timers.ts';
import { createFakeControl, type FakeControl } from './fake-control.ts';
import { ACTIVE } from './sessions.ts';

/** 12 May 2026. */
export const START_MS = Date.UTC(2026, 4, 12, 9);

/** A manager with time that stands still and a control plane in memory. */
export interface ManagerLab {
  control: FakeControl;
  timers: ManualTimers;
  manager: RelayManager;
  events: RelayEvent[];
  /** The wall clock is set by so many milliseconds; nothing is waited for. */
  setClock(ms: number): void;
  saved(): Promise<readonly SavedConnection[]>;
  /** Closes the manager and makes a new one with the same store, as OBS does when it is started again. */
  restart(): Promise<void>;
  /** A connection with an active relay. */
  addActive(connectionId?: string): Promise<string>;
  one(connectionId: string): ConnectionSnapshot;
  /** Events of the named types, in their order. */
  eventsOfType<T extends RelayEvent['type']>(...types: T[]): (RelayEvent & { type: T })[];
}

/** @param chance what is left to it always comes out as this. */
export function createManagerLab({ connections = [] as SavedConnection[], chance = 0 } = {}): ManagerLab {
  const control = createFakeControl();
  const manual = createManualTimers(START_MS);
  const store = createMemoryConnectionStore(connections);
  let shiftMs = 0;
  const timers = { ...manual, now: () => manual.now() + shiftMs };
  const make = () => {
    const manager = createRelayManager({ client: control.client, store, timers, random: () => chance });
    manager.subscribe((event) => lab.events.push(event));
    return manager;
  };
  const lab: ManagerLab = {
    control,
    timers,
    events: [],
    manager: undefined as never,
    setClock(ms) {
      shiftMs += ms;
    },
    saved: async () => store.load(),
    async restart() {
      await lab.manager.close();
      lab.manager = make();
    },
    async addActive(connectionId) {
      const id = await lab.manager.add(connectionId === undefined ? {} : { connectionId });
      await manual.advance(0);
      control.change(id, ACTIVE);
      await manual.advance(0);
      assert.equal(lab.one(id).state, 'active');
      return id;
    },
    one(connectionId) {
      const found = lab.manager.snapshot().connections.find((entry) => entry.connectionId === connectionId);
      if (!found) throw new Error(`There is no connection ${connectionId}.`);
      return found;
    },
    eventsOfType: (...types) => lab.events.filter((event) => types.includes(event.type as never)) as never,
  };
  lab.manager = make();
  return lab;
}

/** A lab for each test of the surrounding `describe`. */
export function useManagerLab(): () => ManagerLab {
  let lab: ManagerLab;
  beforeEach(() => {
    lab = createManagerLab();
  });
  afterEach(() => lab.manager.close());
  return () => lab;
}
