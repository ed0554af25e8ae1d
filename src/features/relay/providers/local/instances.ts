import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { InstanceDescription } from '../provider.ts';
import { type StandIn, type StandInSurroundings, startStandIn } from './stand-in.ts';

/** A request to provision, as it comes from outside. The rest of a provider's request is of no use here. */
export const standInRequest = z.object({
  token: z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 printable ASCII characters'),
  sessionId: z.string().min(1).max(128),
  deployment: z.string().min(1).max(128),
  region: z.string().min(1).max(64),
  streamToken: z.string().regex(/^[\w-]{1,128}$/, 'must be 1 to 128 of A-Z, a-z, 0-9, _ and -'),
  relayKey: z.string().regex(/^[\x21-\x7e]{1,512}$/, 'must be 1 to 512 printable ASCII characters'),
  healthUrl: z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }),
});

/** What a stand-in needs of a request to provision. */
export type StandInRequest = z.infer<typeof standInRequest>;

/** What came of a request to provision. */
export type ProvisionOutcome =
  | { is: 'made'; instance: InstanceDescription }
  | { is: 'found'; instance: InstanceDescription }
  | { is: 'no_capacity'; message: string }
  | { is: 'rejected'; message: string };

/** Every instance of a host. */
export interface Instances {
  /** Makes the instance of `request.token`, or finds the one made before. */
  provision(request: StandInRequest): ProvisionOutcome;
  describe(instanceId: string): InstanceDescription | undefined;
  /** Those that aren't terminated; without `deployment`, of all deployments. */
  list(deployment?: string): InstanceDescription[];
  /** Resolves when the instance's sockets are free. One that isn't known is no error. */
  terminate(instanceId: string): Promise<void>;
  terminateAll(): Promise<void>;
}

interface Instance {
  token: string;
  deployment: string;
  standIn: StandIn;
}

/** Terminated instances can still be described, as at EC2; beyond so many the oldest are forgotten. */
const MAX_TERMINATED = 200;

/** A host's instances, none at first. */
export function createInstances(surroundings: StandInSurroundings): Instances {
  const byId = new Map<string, Instance>();
  const idsByToken = new Map<string, string>();

  function find(request: StandInRequest): ProvisionOutcome | undefined {
    const id = idsByToken.get(request.token);
    const known = id === undefined ? undefined : byId.get(id);
    if (!known) return undefined;
    const instance = known.standIn.describe();
    const isSame =
      known.deployment === request.deployment &&
      instance.sessionId === request.sessionId &&
      instance.region === request.region;
    if (!isSame) return { is: 'rejected', message: 'this token was used for another session, deployment or region' };
    return { is: 'found', instance };
  }

  function refuse({ region }: StandInRequest): ProvisionOutcome | undefined {
    const { reject_provision, no_capacity } = surroundings.faults.get();
    if (reject_provision) return { is: 'rejected', message: 'rejected by the fault reject_provision' };
    const isFull = Array.isArray(no_capacity) ? no_capacity.includes(region) : no_capacity;
    return isFull ? { is: 'no_capacity', message: `no capacity in ${region}` } : undefined;
  }

  function make(request: StandInRequest): ProvisionOutcome {
    forgetOldest();
    const id = `local-${randomBytes(12).toString('hex')}`;
    const standIn = startStandIn(id, request, surroundings);
    byId.set(id, { token: request.token, deployment: request.deployment, standIn });
    idsByToken.set(request.token, id);
    return { is: 'made', instance: standIn.describe() };
  }

  function forgetOldest(): void {
    const terminated = [...byId].filter(([, { standIn }]) => standIn.describe().state === 'terminated');
    for (const [id, { token }] of terminated.slice(0, Math.max(0, terminated.length - MAX_TERMINATED))) {
      byId.delete(id);
      idsByToken.delete(token);
    }
  }

  return {
    provision: (request) => find(request) ?? refuse(request) ?? make(request),
    describe: (id) => byId.get(id)?.standIn.describe(),
    list: (deployment) =>
      [...byId.values()]
        .filter((instance) => deployment === undefined || instance.deployment === deployment)
        .map(({ standIn }) => standIn.describe())
        .filter(({ state }) => state !== 'terminated'),
    terminate: async (id) => await byId.get(id)?.standIn.terminate(),
    terminateAll: async () => {
      await Promise.all([...byId.values()].map(({ standIn }) => standIn.terminate()));
    },
  };
}
