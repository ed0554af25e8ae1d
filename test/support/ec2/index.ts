import { createCloud } from './cloud.ts';
import { createControl, type Ec2Control } from './control.ts';
import { createDispatch, type RecordedCall } from './dispatch.ts';
import type { Fault } from './faults.ts';
import { serve } from './http/server.ts';
import type { Ec2Options, Timing } from './options.ts';

export type { Ec2Place } from './control.ts';
export type { RecordedCall } from './dispatch.ts';
export type { Fault, FaultKind } from './faults.ts';
export type { Ec2Options, Quotas, RegionOptions, Subnet, Timing } from './options.ts';
export type { RelayPart, Stream } from './relay/relay.ts';
export type { RelaySettings, UserDataReader } from './relay/user-data.ts';
export type { CapacityPlace, InstanceStateName } from './state.ts';
export type { Delay } from './timers.ts';
export type { Ec2Address, Ec2Group, Ec2Instance } from './views.ts';

/**
 * A small EC2 with several regions, and what a test can do to it.
 *
 * Clients reach it by `endpoint: ec2.url` (or `AWS_ENDPOINT_URL`) with any credentials; their region decides which of
 * its regions they see. Instances begin as `pending` and go on by themselves, as fast as `timing` says; where that says
 * `held`, a test takes each step itself, with `advance` and `release`.
 */
export interface Ec2 extends Ec2Control {
  /** Without a slash at its end. EC2 and Service Quotas are both here. */
  url: string;
  /** Every call that came in, whatever it came to, in order. */
  calls: RecordedCall[];
  /** What calls run into; the first that hits one counts. It may be replaced or changed at any time. */
  faults: Fault[];
  /** How long things take. It may be changed at any time and holds for what begins after that. */
  timing: Timing;
  /** Stops everything, the relays too, and hangs up on callers. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for EC2's Query API (2016-11-15) and for Service Quotas' GetServiceQuota on 127.0.0.1.
 *
 * While an instance runs, its relay can be reached at its public address, which is one of this machine's own: statistics
 * at port 5080, the SRT server's API at 8090. They come up one after the other as `timing` says.
 */
export async function startEc2(options: Ec2Options = {}): Promise<Ec2> {
  const { faults = [], random = Math.random } = options;
  const cloud = createCloud(options);
  const calls: RecordedCall[] = [];
  const switches = { faults };
  const server = await serve(createDispatch({ cloud, calls, faultsNow: () => switches.faults, random }));
  return {
    ...createControl(cloud),
    url: server.url,
    calls,
    timing: cloud.timing,
    get faults() {
      return switches.faults;
    },
    set faults(faults) {
      switches.faults = faults;
    },
    async close() {
      cloud.timers.stop();
      await server.close();
      await cloud.addresses.close();
    },
  };
}
