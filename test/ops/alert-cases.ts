/** Series of a minute a step, in promtool's notation (`0+1x120`: from 0, one more each minute, 120 times). */
type Series = Record<string, string>;

/** What an alert is tried with. */
export interface AlertCase {
  /** With these it fires, with the labels below. */
  fires: Series;
  /** With these it does not. */
  silent: Series;
  labels?: Record<string, string>;
  /** When it is looked at; default: after two hours. */
  at?: string;
}

const ZERO = '0x120';
const ONE = '1x120';
const target = { job: 'telemy-api', instance: 'api:9090' };
const pool = (used: number, waiting: number): Series => ({
  'telemy_database_pool_waiting{job="telemy-api",instance="api:9090",pool="requests"}': `${waiting}x120`,
  'telemy_database_pool_connections{job="telemy-api",instance="api:9090",pool="requests",state="used"}': `${used}x120`,
  'telemy_database_pool_limit{job="telemy-api",instance="api:9090",pool="requests"}': '15x120',
});
/** A gauge that says how bad it is. */
const gauge = (series: string, bad: number, labels = {}, good = 0): AlertCase => ({
  fires: { [series]: `${bad}x120` },
  silent: { [series]: `${good}x120` },
  labels,
});
/** A counter that rises by so much each minute, or stands still. */
const rising = (series: string, each: number, labels = {}): AlertCase => ({
  fires: { [series]: `0+${each}x120` },
  silent: { [series]: '7x120' },
  labels,
});
/** Two series of which the first is a share of both. */
const share = (part: string, rest: string, labels = {}): AlertCase => ({
  fires: { [part]: '0+6x120', [rest]: '0+4x120' },
  silent: { [part]: ZERO, [rest]: '0+10x120' },
  labels,
});
/** A histogram all of whose values lie above the lower limit, or below it. */
const slow = (series: (le: string) => string, low: string, high: string, labels = {}): AlertCase => ({
  fires: { [series(low)]: ZERO, [series(high)]: '0+60x120', [series('+Inf')]: '0+60x120' },
  silent: { [series(low)]: '0+60x120', [series(high)]: '0+60x120', [series('+Inf')]: '0+60x120' },
  labels,
});

/** By alert. */
export const ALERT_CASES: Record<string, AlertCase> = {
  ApiDown: { fires: { 'up{job="telemy-api"}': ZERO }, silent: { 'up{job="telemy-api"}': ONE } },
  WorkerDown: { fires: { 'up{job="telemy-api"}': ONE }, silent: { 'up{job="telemy-worker"}': ONE } },
  WorkerIdle: {
    fires: { 'telemy_job_last_success_timestamp_seconds{task="deadlines"}': '60x120' },
    silent: { 'telemy_job_last_success_timestamp_seconds{task="deadlines"}': '0+60x120' },
    labels: { task: 'deadlines' },
  },
  Restarts: {
    fires: { 'process_start_time_seconds{job="telemy-api",instance="api:9090"}': '0+300x120' },
    silent: { 'process_start_time_seconds{job="telemy-api",instance="api:9090"}': ONE },
    labels: target,
  },
  ErrorRate: share('telemy_http_requests_total{status="500"}', 'telemy_http_requests_total{status="200"}'),
  SlowAnswers: slow(
    (le) => `telemy_http_request_duration_seconds_bucket{operation="startRelay",le="${le}"}`,
    '0.5',
    '5',
  ),
  EventLoopLag: gauge('nodejs_eventloop_lag_p99_seconds{job="telemy-api",instance="api:9090"}', 1, target),
  ContractViolations: rising('telemy_contract_violations_total{operation="startRelay"}', 1, {
    operation: 'startRelay',
  }),
  RateLimited: rising('telemy_http_rate_limited_total{operation="startRelay"}', 120, { operation: 'startRelay' }),
  RefreshTokenReuse: rising('telemy_auth_refresh_token_reuse_total', 1),
  DatabasePoolExhausted: { fires: pool(15, 4), silent: pool(9, 0), labels: { ...target, pool: 'requests' } },
  DatabaseErrors: rising('telemy_database_errors_total{job="telemy-api",reason="unavailable"}', 60, {
    job: 'telemy-api',
  }),
  SlowStatements: slow(
    (le) => `telemy_database_statement_duration_seconds_bucket{statement="select",le="${le}"}`,
    '0.05',
    '0.5',
  ),
  ListenerAway: gauge('telemy_database_listener_connected{job="telemy-api",instance="api:9090"}', 0, target, 1),
  JobsWaiting: gauge('telemy_jobs_oldest_age_seconds{task="relay-dns"}', 900, { task: 'relay-dns' }),
  JobsFailing: share(
    'telemy_jobs_total{task="relay-dns",outcome="failed"}',
    'telemy_jobs_total{task="relay-dns",outcome="completed"}',
    { task: 'relay-dns' },
  ),
  JobsDead: gauge('telemy_jobs_dead{task="relay-dns"}', 1, { task: 'relay-dns' }),
  ProvisionFailures: share(
    'telemy_relay_provision_failures_total{code="provision_failed",region="us-east-1"}',
    'telemy_relay_provision_duration_seconds_count{provider="aws",region="us-east-1"}',
  ),
  ProvisionSlow: slow(
    (le) => `telemy_relay_provision_duration_seconds_bucket{provider="aws",region="us-east-1",le="${le}"}`,
    '90',
    '180',
    { provider: 'aws', region: 'us-east-1' },
  ),
  ProviderFailing: rising('telemy_relay_provision_retries_total{provider="aws"}', 60, { provider: 'aws' }),
  NoCapacity: gauge('telemy_capacity_room{region="us-east-1",room="none"}', 1, { region: 'us-east-1' }),
  LeaseLapses: rising('telemy_relay_session_transitions_total{from="active",to="grace",cause="lease_lapsed"}', 5),
  MetersStalled: gauge('telemy_usage_stalled_sessions', 2),
  FleetDifferences: gauge('telemy_fleet_differences{kind="orphan"}', 1, { kind: 'orphan' }),
  ProviderUnseen: gauge('telemy_fleet_unseen_providers', 1),
  TakeDownStuck: {
    fires: {
      telemy_relay_take_down_oldest_age_seconds: '4000x120',
      'telemy_jobs_oldest_age_seconds{task="relay-deprovision"}': '3600x120',
    },
    silent: {
      telemy_relay_take_down_oldest_age_seconds: '4000x120',
      'telemy_jobs_oldest_age_seconds{task="relay-deprovision"}': '60x120',
    },
  },
  AliveMarkOld: gauge('telemy_alive_mark_age_seconds{role="api"}', 60, {}, 3),
  Outages: rising('telemy_outages_total', 1),
  DnsFailures: rising('telemy_dns_failures_total{reason="refused"}', 1, { reason: 'refused' }),
  CapacityUnknown: rising('telemy_capacity_failures_total', 1),
  PoolHostsUnhealthy: gauge('telemy_pool_hosts{region="us-east-1",state="open",health="unhealthy"}', 1, {
    region: 'us-east-1',
  }),
  BillingBacklog: gauge('telemy_billing_events_oldest_age_seconds', 1_000),
  BillingDead: gauge('telemy_billing_events_dead', 1),
  BillingAlerts: rising('telemy_billing_alerts_total{reason="gave_up"}', 1, { reason: 'gave_up' }),
  PastDue: {
    fires: {
      'telemy_billing_subscriptions{status="past_due"}': '3x240',
      'telemy_billing_subscriptions{status="active"}': '7x240',
    },
    silent: {
      'telemy_billing_subscriptions{status="past_due"}': '0x240',
      'telemy_billing_subscriptions{status="active"}': '7x240',
    },
  },
  BackupOld: {
    fires: { 'telemy_backup_last_success_timestamp_seconds{storage="s3"}': '0x1800' },
    silent: { 'telemy_backup_last_success_timestamp_seconds{storage="s3"}': '0+60x1800' },
    at: '27h',
  },
  BackupFailures: rising('telemy_backup_failures_total{storage="s3"}', 1, { storage: 's3' }),
  BackupDamaged: gauge('telemy_backup_damaged{storage="s3"}', 1, { storage: 's3' }),
  BackupUnverified: {
    fires: { 'telemy_backup_last_verified_timestamp_seconds{storage="s3"}': '0x12000' },
    silent: { 'telemy_backup_last_verified_timestamp_seconds{storage="s3"}': '0+60x12000' },
    at: '194h',
  },
  SignInsFailing: share(
    'telemy_browser_sign_ins_total{outcome="away"}',
    'telemy_browser_sign_ins_total{outcome="signed_in"}',
  ),
};
