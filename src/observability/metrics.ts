import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createBackupMetrics } from './backup-metrics.ts';

/** Everything that is counted, in one registry per application. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Makes the registry and its metrics. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    httpRequests: new Counter({
      name: 'telemy_http_requests_total',
      help: 'Answered requests by operation and status.',
      labelNames: ['operation', 'status'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'telemy_http_request_duration_seconds',
      help: 'Time from the request line to the end of the answer; held long polls included.',
      labelNames: ['operation'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    contractViolations: new Counter({
      name: 'telemy_contract_violations_total',
      help: 'Answers that the contract does not allow.',
      labelNames: ['operation'],
      registers,
    }),
    contractEnforced: new Gauge({
      name: 'telemy_contract_enforced',
      help: '1 where an answer that the contract does not allow becomes a 500, 0 where it is only counted.',
      registers,
    }),
    browserSignIns: new Counter({
      name: 'telemy_browser_sign_ins_total',
      help: 'Sign-ins at the identity provider by how they ended: signed_in, cancelled, away or refused.',
      labelNames: ['outcome'],
      registers,
    }),
    sessionTransitions: new Counter({
      name: 'telemy_relay_session_transitions_total',
      help: 'Transitions of relay sessions.',
      labelNames: ['from', 'to', 'cause'],
      registers,
    }),
    provisionDuration: new Histogram({
      name: 'telemy_relay_provision_duration_seconds',
      help: 'Time from the accepted start to the active session.',
      buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 60, 90, 120, 180],
      registers,
    }),
    jobs: new Counter({
      name: 'telemy_jobs_total',
      help: 'Finished runs of background jobs.',
      labelNames: ['job', 'outcome'],
      registers,
    }),
    billingEvents: new Counter({
      name: 'telemy_billing_events_total',
      help: 'Webhooks of the seller that were worked on.',
      labelNames: ['event', 'outcome'],
      registers,
    }),
    billingAlerts: new Counter({
      name: 'telemy_billing_alerts_total',
      help: 'Things about billing that an operator should look at.',
      labelNames: ['reason'],
      registers,
    }),
    waitingPolls: new Gauge({
      name: 'telemy_waiting_polls',
      help: 'Long polls that are held open now.',
      registers,
    }),
    stalledSessions: new Gauge({
      name: 'telemy_usage_stalled_sessions',
      help: 'Active sessions whose billable time has not grown for five minutes.',
      registers,
    }),
    fleetDifferences: new Gauge({
      name: 'telemy_fleet_differences',
      help: 'What the last look at the fleet found out of order.',
      registers,
    }),
    poolHosts: new Gauge({
      name: 'telemy_pool_hosts',
      help: 'Hosts of the pool.',
      labelNames: ['region', 'state', 'health'],
      registers,
    }),
    poolPlaces: new Gauge({
      name: 'telemy_pool_places',
      help: 'Places at the hosts of the pool; withheld are those of hosts that get no new sessions.',
      labelNames: ['region', 'use'],
      registers,
    }),
    backup: createBackupMetrics(registers),
    outages: new Counter({
      name: 'telemy_outages_total',
      help: 'Gaps in our own alive marks that moved deadlines.',
      registers,
    }),
  };
}
