import {
  CapacityUnavailableError,
  type InstanceDescription,
  ProviderRejectedError,
  type ProvisionRequest,
  type RelayAddress,
  type RelayProvider,
} from '../../src/features/relay/providers/provider.ts';
import { PROVISION_STEPS } from '../../src/features/relay/session.ts';

/** What the next calls of the provider come to. */
export interface Script {
  /** `fails` is for the moment, `loses_answer` makes the instance and fails then. */
  provision: 'works' | 'fails' | 'loses_answer' | 'has_no_room' | 'rejects';
  /** How far instances come up; `vanishes`: they are gone before they are ready. */
  launch: 'becomes_ready' | 'vanishes' | (typeof PROVISION_STEPS)[number];
  deprovision: 'works' | 'fails' | 'is_slow';
  /** Called whenever an instance is described, before it goes one step further. */
  onDescribe: (instanceId: string) => unknown;
}

/** A provider in memory that does what a test scripts, at once, and keeps a record of its calls. */
export interface ScriptedProvider extends RelayProvider {
  script: Script;
  /** Everything that was ever made, by id. */
  instances: Map<string, ScriptedInstance>;
  /** Calls in their order, as `name argument`. */
  calls: string[];
  /** Ids of what is not terminated. */
  running(): string[];
  /** Makes an instance that nobody asked for. */
  plant(values: { sessionId: string; deployment?: string; token?: string }): string;
  /** An instance ends by itself. */
  lose(instanceId: string): void;
}

export interface ScriptedInstance {
  description: InstanceDescription;
  token: string;
  deployment: string;
}

export const DEPLOYMENT = 'lab';

/** See `ScriptedProvider`; at first everything works. */
export function createScriptedProvider(): ScriptedProvider {
  const instances = new Map<string, ScriptedInstance>();
  const calls: string[] = [];
  let made = 0;
  const script: Script = {
    provision: 'works',
    launch: 'becomes_ready',
    deprovision: 'works',
    onDescribe: () => undefined,
  };

  function make(request: Pick<ProvisionRequest, 'sessionId' | 'region' | 'token' | 'deployment'>): InstanceDescription {
    made += 1;
    const instanceId = `i-${made}`;
    const { sessionId, region, token, deployment } = request;
    const description = { instanceId, token, sessionId, region, state: 'pending', step: PROVISION_STEPS[0] } as const;
    instances.set(instanceId, { description, token, deployment });
    return description;
  }

  function find(instanceId: string): ScriptedInstance | undefined {
    return instances.get(instanceId);
  }

  /** One step further, if the script allows it. */
  function proceed(instance: ScriptedInstance): void {
    const { description } = instance;
    if (description.state === 'terminated' || description.step === script.launch) return;
    const next = PROVISION_STEPS[PROVISION_STEPS.indexOf(description.step) + 1];
    if (!next) return;
    if (next === 'ready' && script.launch === 'vanishes') {
      provider.lose(description.instanceId);
      return;
    }
    const address = addressOf(Number(description.instanceId.slice(2)));
    instance.description = { ...description, state: 'running', step: next, address };
  }

  const provider: ScriptedProvider = {
    name: 'scripted',
    pollIntervalMs: 0,
    usualStartSeconds: 1,
    script,
    instances,
    calls,
    async provision(request) {
      calls.push(`provision ${request.token}`);
      if (script.provision === 'fails') throw new Error('the provider is not well');
      if (script.provision === 'has_no_room') throw new CapacityUnavailableError('no room');
      if (script.provision === 'rejects') throw new ProviderRejectedError('never');
      const known = [...instances.values()].find((instance) => instance.token === request.token);
      const instance = known?.description ?? make(request);
      if (script.provision === 'loses_answer') throw new Error('the answer was lost');
      return instance;
    },
    async bringUp({ instanceId }) {
      await script.onDescribe(instanceId);
      const instance = find(instanceId);
      if (!instance) return null;
      proceed(instance);
      return instance.description;
    },
    async describe({ instanceId }) {
      await script.onDescribe(instanceId);
      return find(instanceId)?.description ?? null;
    },
    async deprovision({ instanceId }) {
      calls.push(`deprovision ${instanceId}`);
      if (script.deprovision === 'fails') throw new Error('the provider is not well');
      if (script.deprovision === 'works') provider.lose(instanceId);
      return find(instanceId)?.description.state !== 'pending' && find(instanceId)?.description.state !== 'running';
    },
    async list(deployment) {
      return [...instances.values()]
        .filter((instance) => instance.deployment === deployment && instance.description.state !== 'terminated')
        .map((instance) => instance.description);
    },
    capacity: async () => [],
    images: () => [],
    tidy: async () => [],
    close: async () => undefined,
    running: () =>
      [...instances]
        .filter(([, { description }]) => description.state !== 'terminated')
        .map(([instanceId]) => instanceId),
    plant: ({ sessionId, deployment = DEPLOYMENT, token = `planted ${made}` }) =>
      make({ sessionId, deployment, region: 'us-east-1', token }).instanceId,
    lose(instanceId) {
      const instance = find(instanceId);
      if (instance) instance.description = { ...instance.description, state: 'terminated' };
    },
  };
  return provider;
}

function addressOf(number: number): RelayAddress {
  const publicIp = `192.0.${Math.floor(number / 250)}.${(number % 250) + 1}`;
  return { publicIp, srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 };
}
