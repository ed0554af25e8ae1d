import type { Database } from '../database/connect.ts';
import type { Metrics } from '../observability/metrics.ts';

/** What is counted, grouped by its labels; ages in seconds. */
interface Figures {
  sessions: { status: string; region: string; count: number }[];
  instances: { provider: string; state: string; count: number; age: number }[];
  jobs: { job: string; waiting: number; active: number; dead: number; age: number }[];
  events: { state: string; count: number; age: number }[];
  subscriptions: { status: string; count: number }[];
  marks: { role: string; age: number }[];
}

/** Statements that read no more than what is open or live; subscriptions are few. `?` is the present. */
const QUERIES: Record<keyof Figures, string> = {
  sessions: `select status, region, count(*)::int as count from relay_sessions where status <> 'stopped' group by 1, 2`,
  instances: `select provider, state, count(*)::int as count, extract(epoch from ?::timestamptz - min(created_at))::float8 as age
    from relay_instances where state <> 'terminated' group by 1, 2`,
  // The queue keeps the time of the database, which the service's clock has no part in.
  jobs: `select name as job, count(*) filter (where state < 'active')::int as waiting,
      count(*) filter (where state = 'active')::int as active, count(*) filter (where state = 'failed')::int as dead,
      coalesce(extract(epoch from now() - min(created_on) filter (where state <= 'active')), 0)::float8 as age
    from jobs.job where state <= 'active' or state = 'failed' group by 1`,
  events: `select state, count(*)::int as count, extract(epoch from ?::timestamptz - min(received_at))::float8 as age
    from billing_events where state in ('received', 'dead') group by 1`,
  // What the seller said last of each: one look into the index for each, however many snapshots there are.
  subscriptions: `select latest.status, count(*)::int as count from subscriptions
    cross join lateral (
      select status from subscription_snapshots where subscription_id = subscriptions.id
      order by updated_at desc, rank desc limit 1) as latest
    group by 1`,
  marks: 'select role, extract(epoch from ?::timestamptz - at)::float8 as age from alive_marks',
};

/**
 * Tells the metrics what the database holds at present. Every worker tells the same, so that whoever reads them takes the
 * maximum.
 *
 * @param jobNames those of the queue, so that an empty one is told too.
 */
export async function tellFigures(
  database: Database,
  now: Date,
  jobNames: readonly string[],
  metrics: Metrics,
): Promise<void> {
  const read = async <Name extends keyof Figures>(name: Name): Promise<Figures[Name]> => {
    const bindings = QUERIES[name].includes('?') ? [now] : [];
    return (await database.raw<{ rows: Figures[Name] }>(QUERIES[name], bindings)).rows;
  };
  // One after the other: a connection for each would be taken from requests.
  const sessions = await read('sessions');
  const instances = await read('instances');
  const jobs = await read('jobs');
  const events = await read('events');
  const subscriptions = await read('subscriptions');
  const marks = await read('marks');

  metrics.sessions.reset();
  for (const { status, region, count } of sessions) metrics.sessions.set({ status, region }, count);
  metrics.openInstances.reset();
  for (const { provider, state, count } of instances) metrics.openInstances.set({ provider, state }, count);
  metrics.takeDownAge.set(oldest(instances.filter(({ state }) => state === 'terminating')));
  for (const job of jobNames) {
    const found = jobs.find((one) => one.job === job);
    metrics.jobsWaiting.set({ task: job }, found?.waiting ?? 0);
    metrics.jobsActive.set({ task: job }, found?.active ?? 0);
    metrics.jobsDead.set({ task: job }, found?.dead ?? 0);
    metrics.jobsOldestAge.set({ task: job }, found?.age ?? 0);
  }
  const waiting = events.filter(({ state }) => state === 'received');
  metrics.billingBacklog.set(waiting[0]?.count ?? 0);
  metrics.billingBacklogAge.set(oldest(waiting));
  metrics.billingDead.set(events.find(({ state }) => state === 'dead')?.count ?? 0);
  metrics.subscriptions.reset();
  for (const { status, count } of subscriptions) metrics.subscriptions.set({ status }, count);
  for (const { role, age } of marks) metrics.aliveMarkAge.set({ role }, Math.max(0, age));
}

function oldest(found: readonly { age: number }[]): number {
  return Math.max(0, ...found.map(({ age }) => age));
}
