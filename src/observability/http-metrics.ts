import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is measured of requests and sign-ins. `operation` is an operationId of the contract, or `none`. */
export function createHttpMetrics(registers: Registry[]) {
  return {
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
      aggregator: 'max',
      registers,
    }),
    browserSignIns: new Counter({
      name: 'telemy_browser_sign_ins_total',
      help: 'Sign-ins at the identity provider by how they ended: signed_in, cancelled, away or refused.',
      labelNames: ['outcome'],
      registers,
    }),
    waitingPolls: new Gauge({
      name: 'telemy_waiting_polls',
      help: 'Long polls that are held open now.',
      registers,
    }),
    traceExportFailures: new Counter({
      name: 'telemy_trace_export_failures_total',
      help: 'Exports of traces that the collector did not take; their spans are lost.',
      registers,
    }),
    rateLimited: new Counter({
      name: 'telemy_http_rate_limited_total',
      help: 'Requests that were answered 429, by operation.',
      labelNames: ['operation'],
      registers,
    }),
    rateLimitsApart: new Counter({
      name: 'telemy_rate_limits_apart_total',
      help: 'Looks at shared rate limits that this process had to answer by its own count, the database being slow or away.',
      registers,
    }),
    previousSecretUses: new Counter({
      name: 'telemy_previous_secret_uses_total',
      help: 'Requests that were proven by a secret that is being replaced (…_PREVIOUS).',
      labelNames: ['secret'],
      registers,
    }),
    refreshReuse: new Counter({
      name: 'telemy_auth_refresh_token_reuse_total',
      help: 'Refresh tokens that were used again after their time: each time the sign-in was revoked.',
      registers,
    }),
  };
}
