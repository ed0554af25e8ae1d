import { setTimeout as sleep } from 'node:timers/promises';
import { addSeconds, type Clock } from '../../../../clock.ts';
import type { ProvisionStep } from '../../session.ts';
import type { InstanceDescription, InstanceState } from '../provider.ts';
import type { FaultStore } from './fault-store.ts';
import { createHealthReporter, type HealthReport } from './health-reporter.ts';
import { createIngest, type IngestMode } from './ingest.ts';
import type { StandInRequest } from './instances.ts';
import { probe } from './probe.ts';
import type { AddressBook } from './stand-in-address.ts';
import { createSlsHandler, createStatsHandler, type StandInView } from './stand-in-http.ts';
import { openSockets, type StandInSockets } from './stand-in-sockets.ts';

/** What all stand-ins of a host share. */
export interface StandInSurroundings {
  faults: FaultStore;
  addresses: AddressBook;
  clock: Clock;
  /** Time between two health posts. */
  healthIntervalMs: number;
  ingest: IngestMode;
  /** With ingest `auto`: how long after `ready` the stream comes on. */
  ingestDelayMs: number;
  fetch: typeof fetch;
  onMessage(text: string): void;
}

/** One relay that runs in this process. */
export interface StandIn {
  describe(): InstanceDescription;
  /** Ends the relay; resolves when its sockets are free. May be called again. */
  terminate(): Promise<void>;
}

/** Time until a condition that isn't met is looked at again. */
const LOOK_AGAIN_MS = 100;

/** Starts a relay for `request` and returns at once; `describe` tells how far it has come. */
export function startStandIn(instanceId: string, request: StandInRequest, around: StandInSurroundings): StandIn {
  const { faults } = around;
  const streamId = `live_${request.streamToken}`;
  const playerId = `play_${request.streamToken}`;
  const ended = new AbortController();
  let step: ProvisionStep = 'launching_instance';
  let state: InstanceState = 'pending';
  let sockets: StandInSockets | undefined;
  let streamMade = false;
  let readyAtMs: number | undefined;
  let ending: Promise<void> | undefined;

  const ingest = createIngest({
    seed: instanceId,
    streamId,
    faults,
    mode: around.ingest,
    delayMs: around.ingestDelayMs,
    onChange: () => health.post(),
  });
  const health = createHealthReporter({
    url: request.healthUrl,
    relayKey: request.relayKey,
    intervalMs: around.healthIntervalMs,
    fetch: around.fetch,
    read: readHealth,
  });
  const view: StandInView = {
    isSilent,
    groups: () => [ingest.feed()?.group(performance.now())].filter((group) => group !== undefined),
    publishers(player) {
      if (!streamMade || player !== playerId) return null;
      const publisher = ingest.feed()?.publisher(performance.now());
      return publisher ? { [streamId]: publisher } : {};
    },
  };

  /** A relay that comes up can't be silent: it would never be found ready. */
  function isSilent(): boolean {
    return readyAtMs !== undefined && faults.get().silent_relay === true;
  }

  function readHealth(): HealthReport | null {
    if (readyAtMs === undefined || isSilent()) return null;
    const active = ingest.feed() !== undefined;
    return {
      session_id: request.sessionId,
      instance_id: instanceId,
      ingest_active: active,
      egress_active: active,
      session_uptime_seconds: Math.floor((performance.now() - readyAtMs) / 1000),
      observed_at: addSeconds(around.clock.now(), faults.get().clock_skew_seconds ?? 0).toISOString(),
    };
  }

  /** Goes on to `next`, and stays there for as long as the faults say. */
  async function enter(next: ProvisionStep): Promise<void> {
    step = next;
    const enteredMs = performance.now();
    const leftMs = () => enteredMs + (faults.get().slow_launch_ms ?? 0) - performance.now();
    while (leftMs() > 0) await sleep(Math.min(leftMs(), LOOK_AGAIN_MS), undefined, { signal: ended.signal });
    await faults.until(({ hold_step }) => hold_step !== next, ended.signal);
  }

  async function untilAnswers(port: 'statsPort' | 'slsPort', path: string): Promise<void> {
    const address = sockets?.address;
    while (!address || !(await probe(`http://${address.publicIp}:${address[port]}${path}`, ended.signal))) {
      await sleep(LOOK_AGAIN_MS, undefined, { signal: ended.signal });
    }
  }

  async function launch(): Promise<void> {
    // The launch itself is the request that made this instance: it is over, unless someone holds it.
    if (faults.get().hold_step === step) await enter(step);
    await enter('waiting_for_instance');
    const handlers = {
      stats: createStatsHandler(view),
      sls: createSlsHandler(view),
      onDatagram: ingest.onDatagram,
    };
    sockets = await around.addresses.openFirstFree((place) => openSockets(place, handlers));
    ended.signal.throwIfAborted();
    state = 'running';
    await enter('starting_docker');
    await untilAnswers('slsPort', '/health');
    await enter('starting_containers');
    await untilAnswers('statsPort', '/stats');
    await enter('creating_stream');
    streamMade = true;
    await untilAnswers('slsPort', `/stats/${playerId}`);
    step = 'ready';
    readyAtMs = performance.now();
    ingest.start();
    health.post();
  }

  const launched = launch().catch((error) => {
    if (ended.signal.aborted) return;
    around.onMessage(`stand-in ${instanceId} could not start: ${error}`);
    void terminate();
  });

  function terminate(): Promise<void> {
    ending ??= end();
    return ending;
  }

  async function end(): Promise<void> {
    state = 'terminated';
    ended.abort();
    ingest.stop();
    health.stop();
    await launched;
    await sockets?.close();
  }

  function describe(): InstanceDescription {
    const { token, sessionId, region } = request;
    const known = { instanceId, token, sessionId, region, state, step };
    return sockets && state !== 'terminated' ? { ...known, address: sockets.address } : known;
  }

  return { describe, terminate };
}
