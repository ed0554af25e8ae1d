import { Counter, Gauge, type Registry } from 'prom-client';

/** What is measured of billing. */
export function createBillingMetrics(registers: Registry[]) {
  return {
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
    billingBacklog: new Gauge({
      name: 'telemy_billing_events_waiting',
      help: 'Webhooks of the seller that are stored and not worked on yet.',
      registers,
    }),
    billingBacklogAge: new Gauge({
      name: 'telemy_billing_events_oldest_age_seconds',
      help: 'Age of the oldest webhook that is not worked on yet; 0: there is none.',
      registers,
    }),
    billingDead: new Gauge({
      name: 'telemy_billing_events_dead',
      help: 'Webhooks of the seller that were given up.',
      registers,
    }),
    subscriptions: new Gauge({
      name: 'telemy_billing_subscriptions',
      help: 'Subscriptions by their status at the seller.',
      labelNames: ['status'],
      registers,
    }),
  };
}
