import type { Instance } from '@aws-sdk/client-ec2';
import type { Clock } from '../../../../clock.ts';
import type { InstanceDescription, InstanceRef, InstanceState, RelayAddress } from '../provider.ts';
import { TAG, tagOf } from './tags.ts';

const PORTS = { srtPort: 5000, playerPort: 4000, statsPort: 5080, slsPort: 8090 };
/** EC2 may not know its newest instances for so long, in milliseconds. */
const NEWLY_LAUNCHED_MS = 60_000;

/** An instance in the words of all providers. Nothing is asked of the relay itself. */
export function toDescription(instance: Instance, region: string): InstanceDescription {
  const state = stateOf(instance);
  const isRunning = state === 'running';
  return {
    instanceId: instance.InstanceId as string,
    token: tagOf(instance.Tags, TAG.token),
    sessionId: tagOf(instance.Tags, TAG.session),
    region,
    state,
    step: isRunning ? 'starting_docker' : 'waiting_for_instance',
    ...(isRunning && instance.PublicIpAddress ? { address: addressAt(instance.PublicIpAddress) } : {}),
  };
}

/** One that nothing shows yet. */
export function notVisibleYet({ instanceId, sessionId, region }: InstanceRef, token = ''): InstanceDescription {
  return { instanceId, token, sessionId, region, state: 'pending', step: 'waiting_for_instance' };
}

/** Whether an instance that EC2 doesn't show may be there all the same. */
export function isNew({ requestedAt }: InstanceRef, clock: Clock): boolean {
  return requestedAt !== undefined && clock.now().getTime() - requestedAt.getTime() < NEWLY_LAUNCHED_MS;
}

/** Whether it runs or may run again. A stopped one may: somebody stopped it by hand. */
export function stateOf({ State }: Instance): InstanceState {
  if (State?.Name === 'running') return 'running';
  return State?.Name === 'terminated' || State?.Name === 'shutting-down' ? 'terminated' : 'pending';
}

/** Whether nothing of it is left but its name. */
export function isOver({ State }: Instance): boolean {
  return State?.Name === 'terminated';
}

/** A relay's ports at an address. */
export function addressAt(publicIp: string): RelayAddress {
  return { publicIp, ...PORTS };
}
