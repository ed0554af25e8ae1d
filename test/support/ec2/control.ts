import { letsThrough } from './actions/rules.ts';
import type { Cloud } from './cloud.ts';
import { finish, run, shutDown, vanish } from './lifecycle.ts';
import type { Quotas, Subnet } from './options.ts';
import { bringUp, RELAY_PARTS, type RelayPart, takeDown } from './relay/relay.ts';
import { type CapacityPlace, type Instance, isLive, type Region } from './state.ts';
import { type Ec2Address, type Ec2Group, type Ec2Instance, showAddress, showGroup, showInstance } from './views.ts';

/** What launches in a region can name. */
export interface Ec2Place {
  vpcId: string;
  subnets: Subnet[];
  imageIds: string[];
  /** Of the default security group. */
  groupId: string;
}

/** What a test can see and do besides calling the API. Lists are of all regions unless one is named. */
export interface Ec2Control {
  /** What launches in this region can name; with several VPCs, of the first one. */
  place(region: string): Ec2Place;
  /** Every instance that was ever launched, oldest first, terminated ones too. */
  instances(region?: string): Ec2Instance[];
  /** Those that are pending or running. */
  live(region?: string): Ec2Instance[];
  /** @throws Error for an instance that never was. */
  instance(instanceId: string): Ec2Instance;
  addresses(region?: string): Ec2Address[];
  /** Without the default groups, which are always there. */
  securityGroups(region?: string): Ec2Group[];

  /** How many more launches fit into this place from now on; `Infinity`: as many as wanted. */
  setCapacity(place: CapacityPlace, room: number): void;
  setQuotas(region: string, quotas: Partial<Quotas>): void;

  /** Lets describes know an instance, whatever `timing` says. */
  reveal(instanceId: string): void;
  /** Takes an instance to its next state now: pending, running (stays so), shutting-down, terminated, unknown. */
  advance(instanceId: string): Promise<void>;
  /** An instance ends by itself, as if its operating system shut it down or its hardware broke. */
  terminate(instanceId: string): void;
  /** Takes down a part of a running relay, or keeps it from coming up, until it is released. */
  hold(instanceId: string, part: RelayPart): void;
  /** Brings up a part of a running relay; without one, all of it. */
  release(instanceId: string, part?: RelayPart): void;

  /** Whether the security groups of an instance let a packet in. Nothing enforces them. */
  allows(instanceId: string, port: number, protocol: 'tcp' | 'udp', sourceIp: string): boolean;
}

export function createControl(cloud: Cloud): Ec2Control {
  const regionsOf = (name?: string) => (name === undefined ? [...cloud.regions.values()] : [region(name)]);

  function region(name: string): Region {
    const found = cloud.regions.get(name);
    if (!found) throw new Error(`There is no region ${name}.`);
    return found;
  }

  function find(instanceId: string): Instance {
    const found = regionsOf().flatMap(({ instances }) => instances.get(instanceId) ?? []);
    if (!found[0]) throw new Error(`There never was an instance ${instanceId}.`);
    return found[0];
  }

  const show = (instance: Instance) => showInstance(region(instance.region), instance);
  const all = (name?: string) => regionsOf(name).flatMap(({ instances }) => [...instances.values()]);

  return {
    place(name) {
      const { subnets, imageIds, groups } = region(name);
      const vpcId = subnets[0]?.vpcId ?? '';
      const group = [...groups.values()].find((item) => item.vpcId === vpcId && item.groupName === 'default');
      return { vpcId, subnets, imageIds, groupId: group?.groupId ?? '' };
    },
    instances: (name) => all(name).map(show),
    live: (name) => all(name).filter(isLive).map(show),
    instance: (instanceId) => show(find(instanceId)),
    addresses: (name) => regionsOf(name).flatMap(({ addresses }) => [...addresses.values()].map(showAddress)),
    securityGroups: (name) =>
      regionsOf(name)
        .flatMap(({ groups }) => [...groups.values()])
        .filter(({ groupName }) => groupName !== 'default')
        .map(showGroup),

    setCapacity(place, room) {
      const others = cloud.capacity.filter((limit) => !isSamePlace(limit.place, place));
      cloud.capacity = [...others, { place, room }];
    },
    setQuotas: (name, quotas) => void Object.assign(region(name).quotas, quotas),

    reveal(instanceId) {
      Object.assign(find(instanceId), { known: true, missesLeft: 0 });
    },
    async advance(instanceId) {
      const instance = find(instanceId);
      if (instance.state === 'pending') await run(cloud, region(instance.region), instance);
      else if (instance.state === 'shutting-down') finish(cloud, instance);
      else vanish(instance);
    },
    terminate(instanceId) {
      shutDown(cloud, find(instanceId), 'Client.InstanceInitiatedShutdown', 'Instance initiated shutdown');
    },
    hold(instanceId, part) {
      const { relay } = find(instanceId);
      relay.held.add(part);
      takeDown(relay, part);
    },
    release(instanceId, part) {
      const { relay, state } = find(instanceId);
      for (const released of part ? [part] : RELAY_PARTS) {
        relay.held.delete(released);
        if (state === 'running') bringUp(relay, released);
      }
    },

    allows(instanceId, port, protocol, sourceIp) {
      const instance = find(instanceId);
      const { groups } = region(instance.region);
      const rules = instance.groupIds.flatMap((groupId) => groups.get(groupId)?.rules ?? []);
      return rules.some((rule) => letsThrough(rule, { port, protocol, sourceIp }));
    },
  };
}

function isSamePlace(a: CapacityPlace, b: CapacityPlace): boolean {
  return a.region === b.region && a.subnetId === b.subnetId && a.instanceType === b.instanceType;
}
