import type { Fault } from './faults.ts';
import type { UserDataReader } from './relay/user-data.ts';
import type { Delay } from './timers.ts';

/** A subnet that instances can be launched into. */
export interface Subnet {
  subnetId: string;
  vpcId: string;
  availabilityZone: string;
}

/** What an account may have in one region. `vcpus` is also what Service Quotas tells. */
export interface Quotas {
  /** vCPUs of pending and running instances; default 2,000. */
  vcpus: number;
  /** Pending and running instances; default: any number. */
  instances: number;
  /** Elastic IP addresses; default 5. */
  addresses: number;
  /** Ingress rules of one security group; default 60. */
  rulesPerGroup: number;
}

/** What there is in a region at first. Whatever is left out has a default with ids in EC2's form. */
export interface RegionOptions {
  /** Default: two in one VPC, in zones `a` and `b`. */
  subnets?: Subnet[];
  /** Default: one. */
  imageIds?: string[];
  quotas?: Partial<Quotas>;
}

/** How long things take. It may be changed at any time and holds for what begins after that. */
export interface Timing {
  /** From the launch until describes know the instance; default 0: at once. */
  hiddenMs: Delay;
  /** How many describes miss a new instance that they should show; default 0. Counted from when `hiddenMs` is over. */
  hiddenDescribes: number;
  /** `pending` → `running`; default 10. */
  pendingMs: Delay;
  /** `shutting-down` → `terminated`; default 10. */
  shuttingDownMs: Delay;
  /** From `terminated` until describes know nothing of it any more; default an hour. */
  vanishMs: Delay;
  /** From `running` until port 5080 answers; default 0. */
  statsMs: Delay;
  /** From `running` until port 8090 answers; default 0. */
  slsMs: Delay;
  /** From `running` until the stream id of the user data is there; default 0. */
  streamIdMs: Delay;
}

export interface Ec2Options {
  /** Default: `us-east-1` and `eu-west-1` with default contents. Calls for any other region are refused. */
  regions?: string[] | Record<string, RegionOptions>;
  /** vCPUs by instance type, on top of some usual types. */
  instanceTypes?: Record<string, number>;
  timing?: Partial<Timing>;
  faults?: Fault[];
  /** Decides, with its numbers from 0 up to 1, which calls a fault with a share hits; default `Math.random`. */
  random?: () => number;
  /** Default: real time. Launch times and call times are taken from it; delays always are in real time. */
  clock?: { now(): Date };
  /** False: no ports are opened, addresses are names only. Default: true on Linux, where 127.0.0.0/8 is ours. */
  endpoints?: boolean;
  /** What a relay makes of its user data; see there for the default. */
  readUserData?: UserDataReader;
}
