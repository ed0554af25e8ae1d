import { isIPv4 } from 'node:net';
import { relaySlugOf } from '../account/index.ts';
import { type DnsClient, DnsRefusedError, DnsUnavailableError } from './dns-client.ts';
import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import type { RelaySession } from './session.ts';
import { type SessionChange, settle, withVisibleFields } from './session-change.ts';
import { findLiveSessions, findSession, lockLiveSessions } from './session-store.ts';

export interface NamingDeps extends RelayDeps {
  /** Undefined: relays have no names. */
  dns: { client: DnsClient; domain: string } | undefined;
}

/** The session that a slot's name leads to has changed again and again; the job is to be run again. */
export class NameUnsettledError extends Error {
  override name = 'NameUnsettledError';
}

/** How often one run follows a slot that gets another relay while its name is being published. */
const ROUNDS = 3;

/**
 * Makes the name of a session's slot lead to the relay of the newest live session that has that slot, and shows the name
 * on that session alone. Nobody is kept out meanwhile: what is true is read again behind each change at the vendor's, so
 * that whoever writes last writes the truth. A slot without a live session keeps its name as it is.
 *
 * @throws DnsUnavailableError, DnsRefusedError, NameUnsettledError: to be run again.
 */
export async function publishName(deps: NamingDeps, sessionId: string, signal?: AbortSignal): Promise<void> {
  if (!deps.dns) return;
  const { client, domain } = deps.dns;
  const session = await findSession(deps.database, sessionId);
  if (!session) return;
  const slug = await relaySlugOf(deps.database, session.userId, session.slotNumber);
  if (slug === null) return;
  const hostname = `${slug}.${domain}`;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const stored = await findLiveSessions(deps.database, session.userId);
    const ip = newestOf(
      stored.map((one) => settle(one, horizonOf(deps))),
      session.slotNumber,
    )?.after.publicIp;
    if (!ip) return;
    await client.upsertA(hostname, ip, signal).catch((error) => {
      deps.metrics.dnsFailures.inc({ reason: reasonOf(error) });
      throw error;
    });
    if (await showName(deps, session, hostname, ip)) return;
  }
  throw new NameUnsettledError(`The relay of ${hostname} keeps changing.`);
}

function reasonOf(error: unknown): string {
  if (error instanceof DnsRefusedError) return 'refused';
  return error instanceof DnsUnavailableError ? 'unavailable' : 'other';
}

/** The newest session of a slot that a name can lead to: up, with an IPv4 address. `changes`: the newest first. */
function newestOf(changes: readonly SessionChange[], slotNumber: number): SessionChange | undefined {
  return changes.find(
    ({ after: { slotNumber: slot, status, publicIp } }) =>
      slot === slotNumber && (status === 'active' || status === 'grace') && publicIp !== null && isIPv4(publicIp),
  );
}

/** Stores where the name leads to now. False: it should lead elsewhere by now. */
function showName(
  deps: NamingDeps,
  { userId, slotNumber }: RelaySession,
  hostname: string,
  ip: string,
): Promise<boolean> {
  return deps.database.transaction(async (trx) => {
    const horizon = horizonOf(deps);
    const changes = (await lockLiveSessions(trx, userId)).map((locked) => settle(locked, horizon));
    const newest = newestOf(changes, slotNumber);
    if (newest && newest.after.publicIp !== ip) return false;
    for (const change of changes.filter(({ after }) => after.slotNumber === slotNumber)) {
      const relayHostname = change === newest ? hostname : null;
      if (change.after.status === 'stopped' || change.after.relayHostname === relayHostname) continue;
      await commitChange(deps, trx, withVisibleFields(change, { relayHostname }, horizon.now), SYSTEM);
    }
    return true;
  });
}
