import type { Database } from '../../database/connect.ts';

/** What launches in a region are like. */
export interface LaunchFigures {
  /** From the start to the active session, of the last 50 of the last day; null: there was none. */
  medianSeconds: number | null;
  /** When the oldest of those that are under way was asked for; null: none is. */
  oldestLaunchAt: Date | null;
}

const DAY_MS = 86_400_000;
const MOST_LAUNCHES = 50;

/** A few rows of an index for each region, however many sessions there are. */
const QUERY = `
  select r.region,
    (select percentile_cont(0.5) within group (order by extract(epoch from l.activated_at - l.created_at))
       from (select s.activated_at, s.created_at
               from relay_sessions s
              where s.region = r.region and s.activated_at > :since and s.activated_at is not null
              order by s.activated_at desc
              limit :most) l) as median_seconds,
    (select min(s.created_at) from relay_sessions s where s.region = r.region and s.status = 'provisioning') as oldest
  from unnest(:regions::text[]) as r (region)`;

/** The figures of each region, in one query. */
export async function readLaunchFigures(
  db: Database,
  regions: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, LaunchFigures>> {
  const since = new Date(now.getTime() - DAY_MS);
  const { rows } = await db.raw<{ rows: { region: string; median_seconds: number | null; oldest: Date | null }[] }>(
    QUERY,
    { since, most: MOST_LAUNCHES, regions: [...regions] },
  );
  return new Map(
    rows.map(({ region, median_seconds, oldest }) => [
      region,
      { medianSeconds: median_seconds, oldestLaunchAt: oldest },
    ]),
  );
}
