import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is measured of the database and of background work. `task` is a job or a repeated run: Prometheus has a label `job` of its own. */
export function createWorkMetrics(registers: Registry[]) {
  return {
    jobs: new Counter({
      name: 'telemy_jobs_total',
      help: 'Finished runs of background jobs.',
      labelNames: ['task', 'outcome'],
      registers,
    }),
    jobDuration: new Histogram({
      name: 'telemy_job_duration_seconds',
      help: 'How long runs of jobs took.',
      labelNames: ['task'],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 180, 600],
      registers,
    }),
    jobsWaiting: new Gauge({
      name: 'telemy_jobs_waiting',
      help: 'Jobs that wait for their first or next run.',
      labelNames: ['task'],
      registers,
    }),
    jobsActive: new Gauge({
      name: 'telemy_jobs_active',
      help: 'Jobs that are under way.',
      labelNames: ['task'],
      registers,
    }),
    jobsOldestAge: new Gauge({
      name: 'telemy_jobs_oldest_age_seconds',
      help: 'Age of the oldest job that is not done; 0: there is none.',
      labelNames: ['task'],
      registers,
    }),
    jobsDead: new Gauge({
      name: 'telemy_jobs_dead',
      help: 'Jobs that were given up.',
      labelNames: ['task'],
      registers,
    }),
    lastSuccess: new Gauge({
      name: 'telemy_job_last_success_timestamp_seconds',
      help: 'When a run last came to a good end.',
      labelNames: ['task'],
      aggregator: 'max',
      registers,
    }),
    statementDuration: new Histogram({
      name: 'telemy_database_statement_duration_seconds',
      help: 'Time from sending a statement to its result, by its first word.',
      labelNames: ['statement'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 16],
      registers,
    }),
    databaseErrors: new Counter({
      name: 'telemy_database_errors_total',
      help: 'Statements that failed, by reason: unavailable or refused.',
      labelNames: ['reason'],
      registers,
    }),
    poolConnections: new Gauge({
      name: 'telemy_database_pool_connections',
      help: 'Connections to PostgreSQL, by pool and whether they are in use.',
      labelNames: ['pool', 'state'],
      registers,
    }),
    poolWaiting: new Gauge({
      name: 'telemy_database_pool_waiting',
      help: 'What waits for a connection, by pool.',
      labelNames: ['pool'],
      registers,
    }),
    poolLimit: new Gauge({
      name: 'telemy_database_pool_limit',
      help: 'Most connections of a pool.',
      labelNames: ['pool'],
      registers,
    }),
    accountReads: new Counter({
      name: 'telemy_account_reads_total',
      help: 'Reads of what is kept of accounts: hit, miss, or bypass while nothing may be kept.',
      labelNames: ['result'],
      registers,
    }),
    accountDrops: new Counter({
      name: 'telemy_account_drops_total',
      help: 'Kept accounts that were forgotten, by cause: own write, notice, or reconnect (all at once).',
      labelNames: ['cause'],
      registers,
    }),
    listenerConnected: new Gauge({
      name: 'telemy_database_listener_connected',
      help: '1 while the connection that hears of changes is there, 0 while it is away.',
      aggregator: 'min',
      registers,
    }),
  };
}
