import fc from 'fast-check';
import type { Moment, SellerState, SentEvent } from './provider-history.ts';

/** What reaches us, and when: a webhook, or an answer that the hourly reconciliation got. */
export type Arrival = { at: number; is: 'webhook'; event: SentEvent } | { at: number; is: 'reconciliation' };

const HOUR = 3_600_000;

/** How the webhooks of a history fare: by their position, how long each is under way, whether it comes twice or not at all. */
export const anyFates = fc.array(
  fc.record({
    delayHours: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000 })),
    again: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined, freq: 3 }),
    lost: fc.boolean(),
  }),
  { minLength: 8, maxLength: 40 },
);

type Fates = typeof anyFates extends fc.Arbitrary<infer T> ? T : never;

/**
 * What of a history reaches us, in the order in which it does. What happened an hour or more before the next thing may be
 * lost as a whole: the hourly reconciliation sees it then. Refunds are never lost: nothing else tells of them.
 */
export function deliver(moments: readonly Moment[], fates: Fates, mayLose: boolean): Arrival[] {
  let index = 0;
  const arrivals = moments.flatMap((moment, position): Arrival[] => {
    const next = moments[position + 1]?.at.getTime() ?? Number.POSITIVE_INFINITY;
    const fate = () => fates[index++ % fates.length] as Fates[number];
    const isRefund = moment.happening.is === 'refunded';
    // Whose it is only the webhooks tell, so the first one has to arrive.
    const lost = mayLose && position > 0 && !isRefund && next - moment.at.getTime() >= HOUR && fate().lost;
    const at = moment.at.getTime();
    if (lost) return [{ at: Math.min(at + HOUR - 1, next - 1), is: 'reconciliation' as const }];
    return moment.events.flatMap((event) => {
      const { delayHours, again } = fate();
      const arrival = { at: at + delayHours * HOUR, is: 'webhook' as const, event };
      return again === undefined ? [arrival] : [arrival, { ...arrival, at: arrival.at + again * HOUR }];
    });
  });
  return arrivals.toSorted((a, b) => a.at - b.at);
}

/** What the seller answers at a moment. */
export function stateAt(moments: readonly Moment[], at: number): SellerState {
  const past = moments.filter((moment) => moment.at.getTime() <= at);
  return (past.at(-1) as Moment).state;
}
