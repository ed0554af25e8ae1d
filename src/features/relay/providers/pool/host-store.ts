import type { Database } from '../../../../database/connect.ts';
import type { RelayAddress } from '../provider.ts';
import type { HostHealth, HostState, PoolHost } from './host.ts';

const TABLE = 'pool_hosts';

/** Columns of an address, as in every table that has them. */
export interface AddressRow {
  ip: string;
  srt_port: number;
  player_port: number;
  stats_port: number;
  sls_port: number;
}

interface HostRow extends AddressRow {
  id: string;
  region: string;
  host: string;
  max_sessions: number;
  sessions: number;
  state: HostState;
  health: HostHealth;
  checked_at: Date | null;
  created_at: Date;
}

export function toAddress(row: AddressRow): RelayAddress {
  return {
    publicIp: row.ip,
    srtPort: row.srt_port,
    playerPort: row.player_port,
    statsPort: row.stats_port,
    slsPort: row.sls_port,
  };
}

function toHost(row: HostRow): PoolHost {
  return {
    id: row.id,
    region: row.region,
    host: row.host,
    address: toAddress(row),
    maxSessions: row.max_sessions,
    sessions: row.sessions,
    state: row.state,
    health: row.health,
    checkedAt: row.checked_at,
    createdAt: row.created_at,
  };
}

/** Adds a host. Fails with a unique violation of `pool_hosts_host_key` or `pool_hosts_address_key`. */
export async function insertHost(db: Database, host: PoolHost): Promise<void> {
  const { publicIp, srtPort, playerPort, statsPort, slsPort } = host.address;
  await db(TABLE).insert({
    id: host.id,
    region: host.region,
    host: host.host,
    ip: publicIp,
    srt_port: srtPort,
    player_port: playerPort,
    stats_port: statsPort,
    sls_port: slsPort,
    max_sessions: host.maxSessions,
    sessions: host.sessions,
    state: host.state,
    health: host.health,
    checked_at: host.checkedAt,
    created_at: host.createdAt,
    updated_at: host.createdAt,
  });
}

/** Every host, by region and name. */
export async function listHosts(db: Database): Promise<PoolHost[]> {
  const rows = await db<HostRow>(TABLE).orderBy(['region', 'host']);
  return rows.map(toHost);
}

export async function findHostByName(db: Database, host: string): Promise<PoolHost | null> {
  const row = await db<HostRow>(TABLE).where({ host }).first();
  return row ? toHost(row) : null;
}

/** Says whether the host gets new sessions; returns it as it is then, null when there is none of that name. */
export async function setHostState(db: Database, host: string, state: HostState, now: Date): Promise<PoolHost | null> {
  const [row] = await db<HostRow>(TABLE)
    .where({ host })
    .update({ state, updated_at: now } as object)
    .returning('*');
  return row ? toHost(row) : null;
}

/**
 * Takes hosts whose check is due, so that nobody else checks them too.
 *
 * @param due.before hosts that were last checked then or earlier.
 * @param due.doubtfulBefore the same for hosts whose last checks speak against what they count as.
 */
export async function claimDueHosts(
  db: Database,
  due: { before: Date; doubtfulBefore: Date },
  now: Date,
  limit: number,
): Promise<PoolHost[]> {
  const { rows } = await db.raw<{ rows: HostRow[] }>(
    `update pool_hosts set checked_at = :now
      where id in (
        select id from pool_hosts
          where checked_at is null or checked_at <= :before
            or checked_at <= :doubtfulBefore and ((health = 'healthy') = (failures > 0) or health = 'unknown')
          order by checked_at nulls first
          limit :limit
          for update skip locked)
      returning *`,
    { now, limit, ...due },
  );
  return rows.map(toHost);
}

/**
 * Counts a check. Three failures in a row make a host unhealthy, two successes in a row healthy; to one that was never
 * reached the first success is enough.
 *
 * @returns what the host counts as then; null when it is gone.
 */
export async function recordCheck(db: Database, id: string, isWell: boolean, now: Date): Promise<HostHealth | null> {
  const { rows } = await db.raw<{ rows: { health: HostHealth }[] }>(
    isWell
      ? `update pool_hosts set failures = 0, successes = least(successes + 1, 1000), updated_at = :now,
          checked_at = coalesce(checked_at, :now),
          health = case when health = 'unknown' or successes >= 1 then 'healthy' else health end
          where id = :id returning health`
      : `update pool_hosts set successes = 0, failures = least(failures + 1, 1000), updated_at = :now,
          health = case when failures >= 2 then 'unhealthy' else health end
          where id = :id returning health`,
    { id, now },
  );
  return rows[0]?.health ?? null;
}

/** Something else than a check met a host that doesn't answer: it comes last for new sessions and is checked at once. */
export async function doubtHost(db: Database, id: string, now: Date): Promise<void> {
  await db(TABLE).where({ id, failures: 0 }).update({ failures: 1, successes: 0, checked_at: null, updated_at: now });
}

/** Hosts, places and places taken, summed by region, state and health. */
export async function sumHosts(
  db: Database,
): Promise<{ region: string; state: HostState; health: HostHealth; hosts: number; places: number; taken: number }[]> {
  return db(TABLE)
    .groupBy('region', 'state', 'health')
    .select('region', 'state', 'health')
    .select(
      db.raw('count(*)::integer as hosts, sum(max_sessions)::integer as places, sum(sessions)::integer as taken'),
    );
}
