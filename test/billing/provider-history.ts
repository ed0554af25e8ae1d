import fc from 'fast-check';

/** What happens to a subscription at the seller, in the words of its documentation. */
export type Happening =
  | { is: 'created'; trialDays: number }
  | { is: 'renewed' }
  | { is: 'payment_failed' }
  | { is: 'recovered' }
  | { is: 'became_unpaid' }
  | { is: 'cancelled' }
  | { is: 'resumed' }
  | { is: 'expired' }
  | { is: 'paused' }
  | { is: 'unpaused' }
  | { is: 'variant_changed'; variant: string }
  | { is: 'quantity_changed'; quantity: number }
  | { is: 'refunded'; of: 'order' | 'invoice'; full: boolean }
  | { is: 'touched' };

/** A subscription as the seller has it: the attributes that its webhooks and its API show. */
export interface SellerState {
  order_id: number;
  variant_id: number;
  status: string;
  trial_ends_at: string | null;
  renews_at: string | null;
  ends_at: string | null;
  billing_anchor: number;
  first_subscription_item: { quantity: number };
  updated_at: string;
}

/** One webhook of a happening. */
export interface SentEvent {
  name: string;
  type: string;
  id: string;
  attributes: Record<string, unknown>;
}

/** A happening with its time, what the seller sent, and what it would have answered from then on. */
export interface Moment {
  at: Date;
  happening: Happening;
  events: SentEvent[];
  state: SellerState;
}

export const SUBSCRIPTION_ID = '71';
export const ORDER_ID = 44;
const START = Date.parse('2026-02-11T10:20:30Z');
const DAY = 86_400_000;

/** What may happen next, by the status that the seller shows. */
const NEXT: Record<string, Happening['is'][]> = {
  on_trial: ['renewed', 'payment_failed', 'cancelled', 'touched', 'variant_changed'],
  active: [
    'renewed',
    'payment_failed',
    'cancelled',
    'paused',
    'variant_changed',
    'quantity_changed',
    'touched',
    'refunded',
  ],
  past_due: ['payment_failed', 'recovered', 'became_unpaid', 'cancelled', 'refunded'],
  unpaid: ['recovered', 'expired', 'touched'],
  cancelled: ['resumed', 'expired', 'touched', 'refunded'],
  paused: ['unpaused', 'cancelled', 'touched'],
  expired: ['touched', 'refunded'],
};

/** The choices of a history: which of the possible happenings comes, and after how long. */
export const anyChoices = fc.record({
  variant: fc.constantFrom(1001, 1002, 1003, 1101),
  trialDays: fc.constantFrom(0, 0, 7),
  steps: fc.array(
    fc.record({
      pick: fc.nat({ max: 1_000 }),
      /** Seconds until it happens: within the hour of the one before, or days later. */
      seconds: fc.oneof(fc.integer({ min: 1, max: 3_599 }), fc.integer({ min: 3_600, max: 3_000_000 })),
      value: fc.nat({ max: 1_000 }),
    }),
    { minLength: 1, maxLength: 14 },
  ),
});

type Choices = typeof anyChoices extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history at the seller. */
export function play({ variant, trialDays, steps }: Choices): Moment[] {
  let now = START;
  let state = firstState(variant, trialDays, now);
  const moments: Moment[] = [moment({ is: 'created', trialDays }, now, state)];
  for (const { pick, seconds, value } of steps) {
    now += seconds * 1000;
    const possible = NEXT[state.status] as Happening['is'][];
    const happening = toHappening(possible[pick % possible.length] as Happening['is'], variant, value);
    state = happening.is === 'refunded' ? state : { ...after(state, happening, now), updated_at: stamp(now) };
    moments.push(moment(happening, now, state));
  }
  return moments;
}

function firstState(variant: number, trialDays: number, now: number): SellerState {
  const renews = trialDays > 0 ? now + trialDays * DAY : monthLater(now);
  return {
    order_id: ORDER_ID,
    variant_id: variant,
    status: trialDays > 0 ? 'on_trial' : 'active',
    trial_ends_at: trialDays > 0 ? stamp(renews) : null,
    renews_at: stamp(renews),
    ends_at: null,
    billing_anchor: new Date(renews).getUTCDate(),
    first_subscription_item: { quantity: 1 },
    updated_at: stamp(now),
  };
}

function toHappening(is: Happening['is'], variant: number, value: number): Happening {
  // A plan stays a plan and an add-on an add-on; now and then something is sold that nobody knows.
  const plans = ['1001', '1002', '1003', '9999'];
  const variants = variant === 1101 ? ['1101', '9999'] : plans;
  if (is === 'variant_changed') return { is, variant: variants[value % variants.length] as string };
  if (is === 'quantity_changed') return { is, quantity: 1 + (value % 5) };
  if (is === 'refunded') return { is, of: value % 2 ? 'order' : 'invoice', full: value % 3 !== 0 };
  if (is === 'created') return { is, trialDays: 0 };
  return { is };
}

function after(state: SellerState, happening: Happening, now: number): SellerState {
  const due = Date.parse(state.renews_at as string);
  switch (happening.is) {
    case 'renewed':
    case 'recovered': {
      const renews = stamp(nextDue(state.billing_anchor, Math.max(now, happening.is === 'renewed' ? due : now)));
      return { ...state, status: 'active', renews_at: renews, ends_at: null };
    }
    case 'payment_failed':
      return { ...state, status: 'past_due', renews_at: stamp(now + 3 * DAY) };
    case 'became_unpaid':
      return { ...state, status: 'unpaid' };
    case 'cancelled':
      return { ...state, status: 'cancelled', ends_at: state.renews_at };
    case 'resumed':
      return { ...state, status: 'active', ends_at: null };
    case 'expired':
      return { ...state, status: 'expired', ends_at: stamp(now) };
    case 'paused':
      return { ...state, status: 'paused' };
    case 'unpaused':
      return { ...state, status: 'active' };
    case 'variant_changed':
      return { ...state, variant_id: Number(happening.variant) };
    case 'quantity_changed':
      return { ...state, first_subscription_item: { quantity: happening.quantity } };
    default:
      return state;
  }
}

function moment(happening: Happening, at: number, state: SellerState): Moment {
  return { at: new Date(at), happening, events: eventsOf(happening, at, state), state };
}

function eventsOf(happening: Happening, at: number, state: SellerState): SentEvent[] {
  const subscription = (name: string): SentEvent => ({
    name,
    type: 'subscriptions',
    id: SUBSCRIPTION_ID,
    attributes: { ...state },
  });
  const invoice = (name: string): SentEvent => ({
    name,
    type: 'subscription-invoices',
    id: String(900 + (at % 97)),
    attributes: { subscription_id: Number(SUBSCRIPTION_ID), status: 'paid', updated_at: stamp(at) },
  });
  switch (happening.is) {
    case 'created':
      return [subscription('subscription_created'), invoice('subscription_payment_success')];
    case 'renewed':
      return [subscription('subscription_updated'), invoice('subscription_payment_success')];
    case 'recovered':
      return [subscription('subscription_updated'), invoice('subscription_payment_recovered')];
    case 'payment_failed':
      return [subscription('subscription_updated'), invoice('subscription_payment_failed')];
    case 'variant_changed':
      return [subscription('subscription_updated'), subscription('subscription_plan_changed')];
    case 'refunded':
      return [refund(happening, at)];
    case 'cancelled':
    case 'resumed':
    case 'expired':
    case 'paused':
    case 'unpaused':
      return [subscription(`subscription_${happening.is}`), subscription('subscription_updated')];
    default:
      return [subscription('subscription_updated')];
  }
}

function refund({ of, full }: Happening & { is: 'refunded' }, at: number): SentEvent {
  const attributes = {
    status: full ? 'refunded' : 'partial_refund',
    refunded: full,
    refunded_at: stamp(at),
    updated_at: stamp(at),
    total: 1000,
    refunded_amount: full ? 1000 : 400,
  };
  if (of === 'order') return { name: 'order_refunded', type: 'orders', id: String(ORDER_ID), attributes };
  return {
    name: 'subscription_payment_refunded',
    type: 'subscription-invoices',
    id: '801',
    attributes: { ...attributes, subscription_id: Number(SUBSCRIPTION_ID) },
  };
}

/** As the seller writes times: whole seconds, with six zeros. */
function stamp(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', '.000000Z');
}

function monthLater(at: number): number {
  return nextDue(new Date(at).getUTCDate(), at);
}

/** The first time after `at`, at the same time of day as the start, on that day of a month. */
function nextDue(day: number, at: number): number {
  for (let months = 0; ; months += 1) {
    const first = new Date(at);
    first.setUTCDate(1);
    first.setUTCMonth(first.getUTCMonth() + months);
    const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
    const timeOfDay = START % DAY;
    const due = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), Math.min(day, lastDay)) + timeOfDay;
    if (due > at) return due;
  }
}
