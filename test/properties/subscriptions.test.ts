import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Account, Subscription } from '../../src/features/account/index.ts';
import { findUser } from '../../src/features/account/index.ts';
import { meaningOf } from '../../src/features/billing/event-catalog.ts';
import { type EventJobDeps, processEvent } from '../../src/features/billing/event-job.ts';
import type { Seller } from '../../src/features/billing/seller-client.ts';
import {
  readInvoice,
  readOrderRefund,
  readSubscription,
  readWebhook,
} from '../../src/features/billing/seller-objects.ts';
import { deriveSubscription, type Refund, type Snapshot } from '../../src/features/billing/subscription-state.ts';
import { syncSubscription } from '../../src/features/billing/sync.ts';
import { createWebhookIntake } from '../../src/features/billing/webhook-service.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import { systemRandom } from '../../src/random.ts';
import { type Arrival, anyFates, deliver, stateAt } from '../billing/deliveries.ts';
import {
  anyChoices,
  type Moment,
  ORDER_ID,
  play,
  type SentEvent,
  SUBSCRIPTION_ID,
} from '../billing/provider-history.ts';
import { type Expected, readTable } from '../billing/table-oracle.ts';
import { CATALOG } from '../support/plans.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../support/property.ts';
import { createRelayLab, type RelayLab } from '../support/relay-lab.ts';

const anyHistory = fc.record({ choices: anyChoices, fates: anyFates, mayLose: fc.boolean() });
const FETCHED = 100;
const FETCHED_AT_ONCE = 1;

describe('a subscription', () => {
  it('is what the ordered history says, however its webhooks come: 10,000 histories, by the rules alone', async () => {
    await checkProperty(
      fc.property(anyHistory, ({ choices, fates, mayLose }) => {
        const moments = play(choices);
        const known = gather(moments, deliver(moments, fates, mayLose));
        const derived = deriveSubscription(SUBSCRIPTION_ID, known.snapshots, known.refunds, CATALOG.products);
        assert.deepEqual(summarize(derived), expectedOf(readTable(moments)));
      }),
      { runs: 10_000, shrinks: true },
    );
  }).timeout(PROPERTY_LIMIT_MS);

  describe('with everything that is stored', () => {
    let lab: RelayLab;
    before(async () => {
      lab = await createRelayLab();
    });
    after(() => lab.close());

    it('is what the ordered history says, through webhooks, jobs and reconciliation on the real database', async () => {
      await checkProperty(
        fc.asyncProperty(anyHistory, async ({ choices, fates, mayLose }) => {
          const moments = play(choices);
          const userId = await lab.makeUser('free');
          for (const arrival of deliver(moments, fates, mayLose)) await arrive(lab, userId, moments, arrival);
          const account = (await findUser(lab.database, userId)) as Account;
          assert.deepEqual(summarize(account.subscriptions[0] ?? null), expectedOf(readTable(moments)));
          await lab.database('users').where({ id: userId }).delete();
          await lab.database('subscription_refunds').delete();
        }),
        { runs: 60 },
      );
    }).timeout(PROPERTY_LIMIT_MS);
  });
});

/** What is known once everything has arrived, without a database. */
function gather(
  moments: readonly Moment[],
  arrivals: readonly Arrival[],
): { snapshots: Snapshot[]; refunds: Refund[] } {
  const snapshots = new Map<string, Snapshot>();
  const refunds: Refund[] = [];
  const note = (snapshot: Snapshot) => snapshots.set(`${snapshot.updatedAt.getTime()} ${snapshot.rank}`, snapshot);
  for (const arrival of arrivals) {
    const fetched = () => {
      const state = stateAt(moments, arrival.at);
      const isFinal = arrival.at - Date.parse(state.updated_at) > 3_000;
      note(readSubscription(state, isFinal ? FETCHED : FETCHED_AT_ONCE).snapshot);
    };
    if (arrival.is === 'reconciliation') {
      fetched();
      continue;
    }
    const { name, attributes } = arrival.event;
    const { kind, rank } = meaningOf(name) as { kind: string; rank: number };
    if (kind === 'subscription') note(readSubscription(attributes, rank).snapshot);
    if (kind === 'payment') fetched();
    const refund =
      kind === 'order_refund' ? readOrderRefund(attributes) : kind === 'payment_refund' && readInvoice(attributes);
    if (refund !== false && refund.refundedAt !== null) refunds.push({ refundedAt: refund.refundedAt });
  }
  return { snapshots: [...snapshots.values()], refunds };
}

/** Takes an arrival in through the real services. */
async function arrive(lab: RelayLab, userId: string, moments: readonly Moment[], arrival: Arrival): Promise<void> {
  const deps = billingDeps(lab, moments, arrival.at, userId);
  const id = ownId(userId);
  if (arrival.is === 'reconciliation') {
    await syncSubscription(deps, id);
    return;
  }
  const waiting: string[] = [];
  const enqueueAll = async (_: unknown, __: unknown, all: readonly object[]) => {
    waiting.push(...(all as { eventId: string }[]).map(({ eventId }) => eventId));
  };
  const jobs = { ...lab.deps.jobs, enqueueAll };
  await createWebhookIntake({ ...deps, random: systemRandom, jobs })(bytesOf(arrival.event, userId));
  for (const eventId of waiting) await processEvent(deps, eventId);
}

/** The lab's user has a subscription and an order of its own. */
function ownId(userId: string): string {
  return String(Number.parseInt(userId.slice(-8), 16) + 1);
}

function billingDeps(lab: RelayLab, moments: readonly Moment[], at: number, userId: string): EventJobDeps {
  const seller: Seller = {
    createCheckout: () => Promise.reject(new Error('Nothing is sold here.')),
    findSubscription: async () => ({ ...stateAt(moments, at), order_id: Number(ownId(userId)) }),
  };
  return {
    database: lab.database,
    clock: { now: () => new Date(at) },
    catalog: CATALOG,
    logger: pino({ level: 'silent' }),
    metrics: createMetrics(),
    stopRelays: async () => 0,
    seller,
    mode: 'test',
  };
}

function bytesOf(event: SentEvent, userId: string): Buffer {
  const own = ownId(userId);
  const attributes = {
    ...event.attributes,
    ...('order_id' in event.attributes ? { order_id: Number(own) } : {}),
    ...('subscription_id' in event.attributes ? { subscription_id: Number(own) } : {}),
  };
  const isOwn = event.id === SUBSCRIPTION_ID || event.id === String(ORDER_ID);
  const body = {
    meta: {
      event_name: event.name,
      ...(event.type === 'subscription-invoices' ? {} : { custom_data: { user_id: userId } }),
    },
    data: { type: event.type, id: isOwn ? own : event.id, attributes },
  };
  const bytes = Buffer.from(JSON.stringify(body));
  assert.equal(readWebhook(bytes).eventName, event.name);
  return bytes;
}

/** A derived subscription in the oracle's words. */
function summarize(subscription: Subscription | null) {
  if (!subscription) return null;
  const { product, state, pastDueSince, endsAt, cycleAnchorAt } = subscription;
  return {
    product,
    state: state === 'ended' ? 'free' : state,
    pastDueSince: pastDueSince?.toISOString() ?? null,
    endsAt: state === 'canceled' ? (endsAt?.toISOString() ?? null) : null,
    paidUntil: cycleAnchorAt?.toISOString() ?? null,
  };
}

function expectedOf(expected: Expected) {
  const product = CATALOG.products.get(expected.variant ?? '');
  return {
    product: product?.kind === 'addon' ? { ...product, relays: product.relays * expected.quantity } : product,
    state: expected.state,
    pastDueSince: expected.pastDueSince,
    endsAt: expected.endsAt,
    paidUntil: expected.paidUntil,
  };
}
