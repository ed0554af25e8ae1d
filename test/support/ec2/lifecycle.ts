import type { Cloud } from './cloud.ts';
import { bringUp, RELAY_PARTS, type RelayPart } from './relay/relay.ts';
import { elasticIpOf, type Instance, type Region } from './state.ts';

/** Sets a new instance on its way. */
export function begin(cloud: Cloud, region: Region, instance: Instance): void {
  const { timing, timers } = cloud;
  instance.missesLeft = timing.hiddenDescribes;
  // Not by a timer then: a describe right after the launch must find it.
  instance.known = timing.hiddenMs === 0;
  timers.after(timing.hiddenMs, () => {
    instance.known = true;
  });
  timers.after(timing.pendingMs, () => void run(cloud, region, instance));
}

/** `pending` → `running`, with its address. In any other state nothing happens. */
export async function run(cloud: Cloud, region: Region, instance: Instance): Promise<void> {
  if (instance.state !== 'pending') return;
  if (instance.wantsPublicIp) await openOwnAddress(cloud, region, instance);
  // It may have been terminated meanwhile.
  if (instance.state !== 'pending') return;
  instance.state = 'running';
  const delays = { stats: cloud.timing.statsMs, sls: cloud.timing.slsMs, stream: cloud.timing.streamIdMs };
  for (const part of RELAY_PARTS) {
    if (delays[part] === 0) startPart(instance, part);
    else cloud.timers.after(delays[part], () => startPart(instance, part));
  }
}

function startPart(instance: Instance, part: RelayPart): void {
  if (instance.state === 'running' && !instance.relay.held.has(part)) bringUp(instance.relay, part);
}

/** Gives an instance a public address of its own, unless it has one or an Elastic IP took its place meanwhile. */
export async function openOwnAddress(cloud: Cloud, region: Region, instance: Instance): Promise<void> {
  const listener = await cloud.addresses.take(() => (instance.state === 'running' ? instance.relay : undefined));
  const unwanted = instance.state === 'shutting-down' || instance.state === 'terminated';
  if (unwanted || instance.ownAddress || elasticIpOf(region, instance)) return await listener.close();
  instance.ownAddress = listener;
}

/** Takes the public address of its own from an instance. */
export async function closeOwnAddress(instance: Instance): Promise<void> {
  const { ownAddress } = instance;
  instance.ownAddress = undefined;
  await ownAddress?.close();
}

/** Begins the end of an instance, whoever wanted it. In later states nothing happens. */
export function shutDown(cloud: Cloud, instance: Instance, code: string, message: string): void {
  if (instance.state !== 'pending' && instance.state !== 'running') return;
  instance.state = 'shutting-down';
  instance.stateReason = { code, message: `${code}: ${message}` };
  instance.relay.up.clear();
  void closeOwnAddress(instance);
  cloud.timers.after(cloud.timing.shuttingDownMs, () => finish(cloud, instance));
}

/** `shutting-down` → `terminated`. Only now its Elastic IP and its security groups are free of it. */
export function finish(cloud: Cloud, instance: Instance): void {
  if (instance.state !== 'shutting-down') return;
  instance.state = 'terminated';
  for (const address of cloud.regions.get(instance.region)?.addresses.values() ?? []) {
    if (address.association?.instance === instance) address.association = undefined;
  }
  cloud.timers.after(cloud.timing.vanishMs, () => vanish(instance));
}

/** A terminated instance that nothing knows any more. Its client token still does. */
export function vanish(instance: Instance): void {
  if (instance.state === 'terminated') instance.vanished = true;
}
