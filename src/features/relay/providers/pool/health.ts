import { addSeconds } from '../../../../clock.ts';
import type { Metrics } from '../../../../observability/metrics.ts';
import type { PoolHost } from './host.ts';
import { claimDueHosts, recordCheck, sumHosts } from './host-store.ts';
import type { PoolParts } from './parts.ts';
import { HostRefusedError, HostUnavailableError, type SlsAddress, type SlsClient } from './sls-client.ts';

/** How often a host is checked, in seconds; one whose last checks speak against what it counts as, sooner. */
const EVERY_SECONDS = 60;
const IN_DOUBT_SECONDS = 15;
/** Most hosts to check in one go, all of them at the same time. */
const BATCH = 50;

/**
 * Checks the hosts whose turn it is, each by one worker only.
 *
 * @returns how many were checked.
 */
export async function checkHosts(parts: PoolParts): Promise<number> {
  const { database, clock } = parts;
  let checked = 0;
  for (;;) {
    const now = clock.now();
    const due = { before: addSeconds(now, -EVERY_SECONDS), doubtfulBefore: addSeconds(now, -IN_DOUBT_SECONDS) };
    const hosts = await claimDueHosts(database, due, now, BATCH);
    await Promise.all(hosts.map((host) => check(parts, host)));
    checked += hosts.length;
    if (hosts.length < BATCH) return checked;
  }
}

/**
 * Whether the host answers, and takes our key.
 *
 * @returns what is wrong; undefined: nothing.
 */
export async function probe(sls: SlsClient, address: SlsAddress): Promise<Error | undefined> {
  try {
    await sls.checkHealth(address);
    await sls.listStreams(address);
    return undefined;
  } catch (error) {
    if (error instanceof HostUnavailableError || error instanceof HostRefusedError) return error;
    throw error;
  }
}

async function check({ database, sls, clock, logger }: PoolParts, { id, host, address, health }: PoolHost) {
  const failure = await probe(sls, address);
  const present = await recordCheck(database, id, failure === undefined, clock.now());
  if (present !== null && present !== health)
    logger.warn({ host, from: health, to: present, err: failure }, 'pool_host');
}

/** Tells the metrics of hosts and places. */
export async function observePool({ database }: PoolParts, { poolHosts, poolPlaces }: Metrics): Promise<void> {
  const sums = await sumHosts(database);
  poolHosts.reset();
  poolPlaces.reset();
  for (const { region, state, health, hosts, places, taken } of sums) {
    poolHosts.set({ region, state, health }, hosts);
    poolPlaces.inc({ region, use: 'taken' }, taken);
    poolPlaces.inc({ region, use: state === 'open' && health === 'healthy' ? 'free' : 'withheld' }, places - taken);
  }
}
