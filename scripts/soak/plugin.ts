import { createMemoryTokenStore, createTelemyClient, TelemyApiError, TelemyNetworkError } from '../../src/sdk/index.ts';
import {
  createMemoryConnectionStore,
  createRelayManager,
  type RelayEvent,
  type RelayManager,
} from '../../src/sdk/relay/index.ts';
import { createTelemetryPoller, telemetrySourcesOf } from '../../src/sdk/telemetry/index.ts';
import type { Timers } from '../../src/sdk/timers.ts';
import type { Observer } from './observed-fetch.ts';
import { createRhythm } from './rhythm.ts';

/** What one plugin is made of. */
export interface PluginOptions {
  baseUrl: string;
  observer: Observer;
  timers: Timers;
  /** Numbers from 0 up to 1: everything that is left to chance. */
  random: () => number;
  /** Regions that it moves between. */
  regions: readonly string[];
  /** An access token that the server takes no more: used in place of its own when the computer wakes from sleep. */
  staleToken: string;
  /** Lets the user approve the login of this page. */
  approve(authorizeUrl: string): Promise<void>;
  /** Time limit of an answer, in milliseconds; default: the SDK's. */
  timeoutMs: number | undefined;
  /** How long it stays off between a stop and the next start, in milliseconds; default: 10,000. */
  offMs: number | undefined;
  /** Whether it also shows its relay's statistics, which costs the control plane nothing. */
  readsTelemetry: boolean;
}

/** A plugin that lives until it is ended. */
export interface Plugin {
  /** As when OBS exits: its relay is stopped. */
  end(): Promise<void>;
}

/** What the shipped plugin and its dock do, in milliseconds (contract: poll 3 s, session 60 s; heartbeats are the manager's). */
const POLL_MS = 3_000;
const SESSION_MS = 60_000;
const USAGE_MS = 300_000;
const WHIM_MS = 60_000;
const START_SPREAD_MS = 30_000;
const OFF_MS = 10_000;
const MOST_LOOKS = 200;

/** Signs in, starts a relay and lives. Rejects when the login fails. */
export async function startPlugin(options: PluginOptions): Promise<Plugin> {
  const { observer, timers, random, offMs = OFF_MS } = options;
  const tokens = createMemoryTokenStore();
  const connections = createMemoryConnectionStore();
  const client = createTelemyClient({
    baseUrl: options.baseUrl,
    tokenStore: tokens,
    clientVersion: '0.0.5',
    clientPlatform: 'windows',
    fetch: observer.fetch,
    timers,
    random,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  const rhythm = createRhythm(timers, random, (error) => noteUnexpected(observer, error));
  await rhythm.pause(START_SPREAD_MS * random());
  const login = await client.login({ openBrowser: options.approve });
  if (login.status !== 'signed_in') throw new Error(`The login of a plugin ended ${login.status}.`);

  let manager = openManager();
  const connectionId = await manager.add();
  let telemetry: ReturnType<typeof createTelemetryPoller> | undefined;
  let region = 0;

  function openManager(): RelayManager {
    const opened = createRelayManager({ client, store: connections, timers, random, requestedBy: 'soak' });
    opened.subscribe((event) => {
      noteEvent(observer, event);
      if (event.type === 'relay_active' && options.readsTelemetry) watchRelay(event.session);
    });
    return opened;
  }

  function watchRelay(session: Parameters<typeof telemetrySourcesOf>[0]): void {
    telemetry?.stop();
    telemetry = createTelemetryPoller({ sources: telemetrySourcesOf(session), timers });
    telemetry.start();
  }

  async function stopAndStart(): Promise<void> {
    await manager.remove(connectionId);
    await untilStopped();
    if (await rhythm.pause(offMs)) await manager.add({ connectionId });
  }

  async function restartObs(): Promise<void> {
    await manager.stopAll();
    await manager.close();
    let goesOn = true;
    try {
      await untilStopped();
      goesOn = await rhythm.pause(offMs);
    } finally {
      manager = openManager();
      if (goesOn) await manager.restore();
    }
  }

  /** A stop of a relay that was coming up is put off; an OBS that is back before would see its relay vanish. */
  async function untilStopped(): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      if ((await client.getActiveRelay({ connectionId })) === null) return;
      if (!(await rhythm.pause(POLL_MS))) return;
    }
  }

  async function wakeFromSleep(): Promise<void> {
    const kept = await tokens.load();
    if (kept) await tokens.save({ ...kept, accessToken: options.staleToken });
    await client.getSession();
  }

  async function move(): Promise<void> {
    const isActive = manager.snapshot().connections.some(({ state }) => state === 'active');
    const to = options.regions[(region + 1) % options.regions.length];
    if (!isActive || to === undefined) return;
    region += 1;
    await manager.changeRegion(connectionId, to);
  }

  /** What happens in a minute, with its chance. */
  const whims: [chance: number, act: () => Promise<unknown>][] = [
    [0.1, stopAndStart],
    [0.03, restartObs],
    [0.05, wakeFromSleep],
    [0.03, move],
    [0.05, () => client.getCapacity()],
    [0.05, () => client.getManifest()],
    [0.05, () => client.listStreamSlots()],
    [0.03, () => client.renameStreamSlot(1, `Backpack ${Math.floor(random() * 100)}`)],
  ];

  rhythm.every(POLL_MS, async () => void (await client.getActiveRelay({ connectionId })));
  rhythm.every(SESSION_MS, async () => void (await client.getSession()));
  rhythm.every(USAGE_MS, async () => {
    await client.getUsage();
    let page = await client.listUsageSessions({ limit: 20 });
    while (page.next_cursor) page = await client.listUsageSessions({ limit: 20, cursor: page.next_cursor });
  });
  rhythm.every(WHIM_MS, async () => {
    let left = random();
    for (const [chance, act] of whims) {
      left -= chance;
      if (left < 0) return void (await act());
    }
  });

  return {
    async end() {
      await rhythm.end();
      telemetry?.stop();
      await manager.stopAll();
      await manager.close();
    },
  };
}

/** The observer has seen the server's faults and the lost answers already; what the server refused is new. */
function noteUnexpected(observer: Observer, error: unknown): void {
  if (error instanceof TelemyNetworkError) return;
  if (error instanceof TelemyApiError && error.status >= 500) return;
  observer.note(error instanceof TelemyApiError ? `refused: ${error.status} ${error.code}` : String(error));
}

function noteEvent(observer: Observer, event: RelayEvent): void {
  if (event.type === 'session_gone' || event.type === 'denied') observer.note(event.type);
  if (event.type !== 'relay_failed' && event.type !== 'heartbeat_failed' && event.type !== 'migration_step') return;
  const { error } = event;
  if (!error || error.kind === 'network' || (error.status ?? 0) >= 500) return;
  observer.note(`${event.type}: ${error.status ?? ''} ${error.code}`);
}
