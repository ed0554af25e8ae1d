import type { Transaction } from '../../database/connect.ts';
import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import { settle, withMove } from './session-change.ts';
import { lockLiveSessions } from './session-store.ts';

/**
 * Ends every live session of a user whose right to relays has ended, launches included.
 *
 * @returns how many were live.
 */
export async function stopUnentitled(deps: RelayDeps, trx: Transaction, userId: string): Promise<number> {
  let stopped = 0;
  for (const session of await lockLiveSessions(trx, userId)) {
    const horizon = horizonOf(deps);
    const change = settle(session, horizon);
    const { status } = change.after;
    const cause = status === 'provisioning' ? 'stop_requested' : 'subscription_ended';
    if (status !== 'stopped') stopped += 1;
    await commitChange(
      deps,
      trx,
      status === 'stopped' ? change : withMove(change, 'stopped', cause, horizon.now),
      SYSTEM,
    );
  }
  return stopped;
}
