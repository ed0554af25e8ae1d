import { randomBytes } from 'node:crypto';
import { createHealthReporter } from '../../../src/features/relay/providers/local/health-reporter.ts';
import type { Instances, StandInRequest } from '../../../src/features/relay/providers/local/instances.ts';
import type { InstanceDescription } from '../../../src/features/relay/providers/provider.ts';
import { PROVISION_STEPS } from '../../../src/features/relay/session.ts';

/** Times of one relay, in milliseconds since 1970. */
export interface RelayTimes {
  /** When the call that makes it arrived. */
  calledAt: number;
  /** When it was ready; undefined: it isn't yet. */
  readyAt: number | undefined;
}

/** Relays that are nothing but a timer each, as the instances of a relay host. */
export interface TimedRelays {
  instances: Instances;
  /** By session. */
  times: ReadonlyMap<string, RelayTimes>;
}

interface TimedRelay {
  description: InstanceDescription;
  deployment: string;
  end(): void;
}

/** Nothing listens there. */
const ADDRESS = { publicIp: '127.0.0.1', srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 };
const HEALTH_EVERY_MS = 10_000;

/**
 * Makes relays that come up by the clock alone, step by step, and tell their health from the moment that they are ready,
 * as the stand-ins do: hundreds of those would keep this machine's processors busy and be measured themselves.
 *
 * @param stepMs how long each of the four steps between the call and `ready` takes.
 */
export function createTimedRelays(stepMs: number): TimedRelays {
  const relays = new Map<string, TimedRelay>();
  const idsByToken = new Map<string, string>();
  const times = new Map<string, RelayTimes>();

  function start(request: StandInRequest): TimedRelay {
    const instanceId = `timed-${randomBytes(12).toString('hex')}`;
    const { token, sessionId, region, deployment } = request;
    const noted: RelayTimes = { calledAt: Date.now(), readyAt: undefined };
    times.set(sessionId, noted);
    const bootedMs = performance.now();
    const health = createHealthReporter({
      url: request.healthUrl,
      relayKey: request.relayKey,
      intervalMs: HEALTH_EVERY_MS,
      fetch,
      read: () => ({
        session_id: sessionId,
        instance_id: instanceId,
        ingest_active: false,
        egress_active: false,
        session_uptime_seconds: Math.floor((performance.now() - bootedMs) / 1000),
        observed_at: new Date().toISOString(),
      }),
    });
    let step = 1;
    let timer = setTimeout(goOn, stepMs);
    const relay: TimedRelay = {
      deployment,
      description: { instanceId, token, sessionId, region, state: 'pending', step: 'waiting_for_instance' },
      end() {
        clearTimeout(timer);
        health.stop();
        relay.description = { ...relay.description, state: 'terminated' };
      },
    };

    function goOn(): void {
      step += 1;
      const next = PROVISION_STEPS[step] ?? 'ready';
      relay.description = { ...relay.description, state: 'running', step: next, address: ADDRESS };
      if (next !== 'ready') {
        timer = setTimeout(goOn, stepMs);
        return;
      }
      noted.readyAt = Date.now();
      health.post();
    }

    relays.set(instanceId, relay);
    idsByToken.set(token, instanceId);
    return relay;
  }

  const find = (id: string | undefined) => (id === undefined ? undefined : relays.get(id));
  const instances: Instances = {
    provision(request) {
      const known = find(idsByToken.get(request.token));
      if (known) return { is: 'found', instance: known.description };
      return { is: 'made', instance: start(request).description };
    },
    describe: (id) => find(id)?.description,
    list: (deployment) =>
      [...relays.values()]
        .filter((relay) => deployment === undefined || relay.deployment === deployment)
        .map(({ description }) => description)
        .filter(({ state }) => state !== 'terminated'),
    terminate: async (id) => find(id)?.end(),
    terminateAll: async () => {
      for (const relay of relays.values()) relay.end();
    },
  };
  return { instances, times };
}
