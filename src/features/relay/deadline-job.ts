import { commitChange, horizonOf, type RelayDeps, SYSTEM } from './lifecycle.ts';
import { settle } from './session-change.ts';
import { lockDueSessions } from './session-store.ts';

const BATCH = 50;

/**
 * Stores the transitions of every session whose deadline has passed; each takes effect at its deadline. Several workers
 * share the work.
 *
 * @returns how many sessions changed.
 */
export async function enforceDeadlines(deps: RelayDeps): Promise<number> {
  let changed = 0;
  for (;;) {
    const found = await deps.database.transaction(async (trx) => {
      const horizon = horizonOf(deps);
      const due = await lockDueSessions(trx, horizon, BATCH);
      let settled = 0;
      for (const session of due) {
        const change = settle(session, horizon);
        if (change.transitions.length === 0) continue;
        await commitChange(deps, trx, change, SYSTEM);
        settled += 1;
      }
      return settled;
    });
    changed += found;
    if (found < BATCH) return changed;
  }
}
