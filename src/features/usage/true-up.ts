import type { Transaction } from '../../database/connect.ts';
import type { Random } from '../../random.ts';
import { type Adjustment, insertAdjustments } from './adjustment-store.ts';
import type { Cycle } from './cycle.ts';
import { splitAtCycles, type UptimeProof, unbilledParts } from './gap.ts';
import { findOpenGaps, settleGaps } from './gap-store.ts';
import { intervalSeconds, type UsageInterval } from './interval.ts';
import { findIntervalsSince } from './ledger-store.ts';

/** Why true-up adjustments are there. */
export const TRUE_UP_REASON = 'outage_true_up';

export interface TrueUpDeps {
  random: Random;
  /** The cycles of a user, at whose ends adjustments are cut. */
  readCycles(trx: Transaction, userId: string): Promise<(moment: Date) => Cycle>;
}

/**
 * Settles what outages of ours left unbilled of a session, whose row the caller has locked: the time that the relay
 * proves, and that no interval bills, becomes adjustments. The rest is given up.
 *
 * @param proof ends now.
 * @param unstored intervals that are not in the ledger yet.
 * @returns the seconds that were added.
 */
export async function fillGaps(
  deps: TrueUpDeps,
  trx: Transaction,
  session: { id: string; userId: string },
  proof: UptimeProof,
  unstored: readonly UsageInterval[],
): Promise<number> {
  const gaps = await findOpenGaps(trx, session.id);
  const [oldest] = gaps;
  if (!oldest) return 0;
  const billed = [...(await findIntervalsSince(trx, session.id, oldest.startedAt)), ...unstored];
  const cycleAt = await deps.readCycles(trx, session.userId);
  const adjustments = gaps.flatMap((gap) =>
    unbilledParts(gap, proof, billed)
      .flatMap((part) => splitAtCycles(part, cycleAt))
      .map(
        (part): Adjustment => ({
          id: deps.random.id('adj'),
          userId: session.userId,
          sessionId: session.id,
          seconds: intervalSeconds(part),
          at: part.startedAt,
          reason: TRUE_UP_REASON,
          outageId: gap.outageId,
          createdAt: proof.to,
        }),
      ),
  );
  await insertAdjustments(trx, adjustments);
  await settleGaps(trx, session.id, proof.to);
  return adjustments.reduce((sum, { seconds }) => sum + seconds, 0);
}
