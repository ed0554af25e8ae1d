import {
  CapacityUnavailableError,
  type InstanceDescription,
  type InstanceRef,
  ProviderRejectedError,
  type RelayProvider,
} from '../provider.ts';
import { parseFaultsChange, type RelayFaults, type RelayFaultsChange } from './faults.ts';
import { createHostClient, type HostAnswer, type HostClient } from './host-client.ts';
import type { RelayHostSettings } from './relay-host.ts';

export interface LocalProviderOptions {
  /** Folder of the relay host: its state file and its log. */
  stateDir: string;
  /** The regions that relays can be asked for in. All of them are this machine. */
  regions: readonly string[];
  /** Path of the host's program; the one of this folder when absent. */
  hostEntry?: string;
  /** For a host that has to be started; one that runs keeps its own. */
  host?: RelayHostSettings;
  onMessage?: (text: string) => void;
  fetch?: typeof fetch;
  /**
   * How far the clock of those whom the relays report to is ahead of real time, in milliseconds: the relays live in
   * that time. Absent: they go by what others told their host.
   */
  clockOffsetMs?: () => number;
}

/** The faults of the relay host, and so of every relay it has. */
export interface FaultControl {
  get(): Promise<RelayFaults>;
  /**
   * Sets what `change` names, clears what it names with null, and answers the faults then in effect.
   *
   * @throws InvalidFaultsError when a name or a value isn't known.
   */
  set(change: RelayFaultsChange): Promise<RelayFaults>;
  reset(): Promise<void>;
}

export interface LocalProvider extends RelayProvider {
  readonly faults: FaultControl;
  /** Tells the host, if there is one, that the clock was moved. One that comes later is told by itself. */
  syncClock(): Promise<void>;
  /** Lets go of the host, which goes on until it has been idle for long enough. Calls made later fail. */
  close(): Promise<void>;
}

const PROVISION_LIMIT_MS = 15_000;
/** Only the steps on the way are found by asking: that it is ready a stand-in tells itself (unless it was told to be silent). */
const POLL_INTERVAL_MS = 250;
const USUAL_START_SECONDS = 2;

/** Relays that are stand-ins on this machine, in a process of their own that is started when first needed. */
export function createLocalProvider(options: LocalProviderOptions): LocalProvider {
  const { regions, onMessage = () => undefined } = options;
  const host = createHostClient({
    stateDir: options.stateDir,
    hostEntry: options.hostEntry,
    host: options.host,
    fetch: options.fetch ?? fetch,
    onMessage,
    onConnect: tellClock,
  });

  async function tellClock(call: HostClient['call']): Promise<void> {
    if (!options.clockOffsetMs) return;
    const body = { offset_ms: Math.round(options.clockOffsetMs()) };
    const { status, message } = await call('PUT', '/clock', { body });
    // One that doesn't know the call, of an earlier version, is of use all the same.
    if (status !== 204) onMessage(`the relay host keeps its own time: ${status} ${message}`);
  }

  async function setFaults(change: RelayFaultsChange): Promise<RelayFaults> {
    return expect<RelayFaults>(await host.call('PUT', '/faults', { body: parseFaultsChange(change) }));
  }

  async function getFaults(): Promise<RelayFaults> {
    return expect<RelayFaults>(await host.call('GET', '/faults'));
  }

  async function describe({ instanceId }: InstanceRef): Promise<InstanceDescription | null> {
    const answer = await host.call('GET', `/instances/${encodeURIComponent(instanceId)}`);
    return answer.code === 'instance_not_found' ? null : expect<InstanceDescription>(answer);
  }

  return {
    name: 'local',
    pollIntervalMs: POLL_INTERVAL_MS,
    usualStartSeconds: USUAL_START_SECONDS,
    async provision(request) {
      if (!regions.includes(request.region)) throw new ProviderRejectedError(`unknown region ${request.region}`);
      const answer = await host.call('POST', '/instances', { body: request, limitMs: PROVISION_LIMIT_MS });
      const { status, message } = answer;
      if (status === 409) throw new CapacityUnavailableError(message);
      if (status === 400 || status === 422) throw new ProviderRejectedError(message);
      return expect<InstanceDescription>(answer);
    },
    // A stand-in comes up by itself.
    bringUp: describe,
    describe,
    async deprovision({ instanceId }) {
      // Answered when the stand-in has ended.
      expect(await host.call('DELETE', `/instances/${encodeURIComponent(instanceId)}`));
      return true;
    },
    async list(deployment) {
      // Without a host there are no stand-ins, and none is started to say so.
      if (!(await host.isThere())) return [];
      const query = new URLSearchParams({ deployment });
      return expect<InstanceDescription[]>(await host.call('GET', `/instances?${query}`));
    },
    async capacity() {
      const { no_capacity } = await getFaults();
      const isFull = (region: string) => (Array.isArray(no_capacity) ? no_capacity.includes(region) : no_capacity);
      return regions.map((region) => ({ region, available: isFull(region) ? 'none' : 'plenty' }));
    },
    tidy: async () => [],
    images: () => regions.map((region) => ({ region, amiId: 'local-stand-in', instanceType: 'process' })),
    faults: {
      get: getFaults,
      set: setFaults,
      async reset() {
        expect(await host.call('DELETE', '/faults'));
      },
    },
    async syncClock() {
      if (options.clockOffsetMs && (await host.isThere())) await tellClock(host.call);
    },
    close: host.close,
  };
}

/** The body of an answer that says yes. */
function expect<T>({ status, message, body }: HostAnswer): T {
  if (status < 200 || status > 299) throw new Error(`the relay host answered ${status}: ${message}`);
  return body as T;
}
