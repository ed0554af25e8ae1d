import type { Moment } from './provider-history.ts';

/** What an account has of one subscription, by the table of actions and statuses in domain.md, read line by line. */
export interface Expected {
  /** `1001` and so on: what was sold last of what we know; null if nothing was. */
  variant: string | null;
  quantity: number;
  state: 'trial' | 'active' | 'past_due' | 'canceled' | 'free';
  pastDueSince: string | null;
  /** Of a canceled one. */
  endsAt: string | null;
  /** End of the period that was paid for last. */
  paidUntil: string | null;
}

const KNOWN_VARIANTS = ['1001', '1002', '1003', '1101'];

/** The state at the end of a history in its own order. Nothing of the code under test is used. */
export function readTable(moments: readonly Moment[]): Expected {
  let now: Expected = { variant: null, quantity: 1, state: 'free', pastDueSince: null, endsAt: null, paidUntil: null };
  /** Where the subscription stands beneath a refund, and until when what was paid back was paid for. */
  let beneath: Expected['state'] = 'free';
  let paidBackUntil: number | null = null;
  let paidUntil = 0;

  for (const { at, happening, state } of moments) {
    const variant = String(state.variant_id);
    if (KNOWN_VARIANTS.includes(variant)) now = { ...now, variant };
    now = {
      ...now,
      quantity: KNOWN_VARIANTS.includes(variant) ? state.first_subscription_item.quantity : now.quantity,
    };
    const before = beneath;
    switch (happening.is) {
      case 'created':
        beneath = happening.trialDays > 0 ? 'trial' : 'active';
        break;
      case 'renewed':
      case 'recovered':
      case 'resumed':
      case 'unpaused':
        beneath = 'active';
        break;
      case 'payment_failed':
        // The 48 hours start once: at the first failure of a series.
        if (before !== 'past_due') now = { ...now, pastDueSince: at.toISOString() };
        beneath = 'past_due';
        break;
      case 'became_unpaid':
      case 'paused':
      case 'expired':
        beneath = 'free';
        break;
      case 'cancelled':
        beneath = 'canceled';
        break;
      case 'refunded':
        if (happening.full) paidBackUntil = paidUntil;
        break;
      default:
        break;
    }
    const stands = beneath === 'active' || beneath === 'trial';
    if (stands || beneath === 'canceled') paidUntil = Date.parse(state.renews_at as string);
    if (happening.is !== 'refunded' && stands && paidBackUntil !== null) {
      // Paid again: a later period, or back from where it had ended.
      if (paidUntil > paidBackUntil || before === 'free' || before === 'canceled') paidBackUntil = null;
    }
    now = {
      ...now,
      state: paidBackUntil === null ? beneath : 'free',
      pastDueSince: beneath === 'past_due' ? now.pastDueSince : null,
      paidUntil: new Date(paidUntil).toISOString(),
      endsAt: beneath === 'canceled' && paidBackUntil === null ? new Date(state.ends_at as string).toISOString() : null,
    };
  }
  return now;
}
