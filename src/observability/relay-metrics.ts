import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is measured of relays. `region` is one of SUPPORTED_REGIONS, `provider` one of local, aws and pool. */
export function createRelayMetrics(registers: Registry[]) {
  return {
    sessionTransitions: new Counter({
      name: 'telemy_relay_session_transitions_total',
      help: 'Transitions of relay sessions.',
      labelNames: ['from', 'to', 'cause'],
      registers,
    }),
    stalledSessions: new Gauge({
      name: 'telemy_usage_stalled_sessions',
      help: 'Active sessions whose billable time has not grown for five minutes.',
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
    outages: new Counter({
      name: 'telemy_outages_total',
      help: 'Gaps in our own alive marks that moved deadlines.',
      registers,
    }),
    provisionDuration: new Histogram({
      name: 'telemy_relay_provision_duration_seconds',
      help: 'Time from the accepted start to the active session.',
      labelNames: ['provider', 'region'],
      buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 60, 90, 120, 180],
      registers,
    }),
    provisionFailures: new Counter({
      name: 'telemy_relay_provision_failures_total',
      help: 'Starts that ended without a relay, by the code of the failure.',
      labelNames: ['code', 'region'],
      registers,
    }),
    provisionRetries: new Counter({
      name: 'telemy_relay_provision_retries_total',
      help: 'Calls of a provider for a launch that failed and were tried again.',
      labelNames: ['provider'],
      registers,
    }),
    takeDownRetries: new Counter({
      name: 'telemy_relay_take_down_retries_total',
      help: 'Runs of a take-down after which something was still there.',
      registers,
    }),
    sessions: new Gauge({
      name: 'telemy_relay_sessions',
      help: 'Sessions that are not stopped.',
      labelNames: ['status', 'region'],
      registers,
    }),
    openInstances: new Gauge({
      name: 'telemy_relay_instances_open',
      help: 'Instances that are not known to be gone.',
      labelNames: ['provider', 'state'],
      registers,
    }),
    takeDownAge: new Gauge({
      name: 'telemy_relay_take_down_oldest_age_seconds',
      help: 'How long ago the oldest instance that is being taken down was made; 0: none is.',
      registers,
    }),
    fleetDifferences: new Gauge({
      name: 'telemy_fleet_differences',
      help: 'What the last look at the fleet found out of order, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    fleetBlind: new Gauge({
      name: 'telemy_fleet_unseen_providers',
      help: 'Providers that could not be asked at the last look at the fleet.',
      registers,
    }),
    capacityRoom: new Gauge({
      name: 'telemy_capacity_room',
      help: '1 at what the provider last said of the room in a region: plenty, few, none or unknown.',
      labelNames: ['region', 'room'],
      aggregator: 'max',
      registers,
    }),
    capacityFailures: new Counter({
      name: 'telemy_capacity_failures_total',
      help: 'Times that the provider did not tell its capacity.',
      registers,
    }),
    dnsFailures: new Counter({
      name: 'telemy_dns_failures_total',
      help: 'Names that could not be published, by reason: unavailable, refused or other.',
      labelNames: ['reason'],
      registers,
    }),
    aliveMarkAge: new Gauge({
      name: 'telemy_alive_mark_age_seconds',
      help: 'Age of the newest alive mark, by role: api or worker.',
      labelNames: ['role'],
      registers,
    }),
    outageSeconds: new Counter({
      name: 'telemy_outage_seconds_total',
      help: 'Length of the gaps in our own alive marks.',
      registers,
    }),
  };
}
