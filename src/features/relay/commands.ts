import { Argument, Command } from 'commander';
import { addOperatorCommand, asOperator, type Operator, OperatorError } from '../../operator.ts';
import { asOfNow, commitChange, horizonOf, type RelayDeps } from './lifecycle.ts';
import { relayDepsOf } from './operator-deps.ts';
import type { RelaySession } from './session.ts';
import { settle, withFields, withMove } from './session-change.ts';
import { findLiveSessions, findSession, listSessions, lockSession } from './session-store.ts';
import { toApiSession } from './session-view.ts';

const OPERATOR = { name: 'operator' };

/** `session list|show|stop` */
export function sessionCommand(): Command {
  const session = new Command('session').description('Relay sessions: look at them and stop them.');

  addOperatorCommand(session, 'list', 'sessions, newest first; the live ones unless --all')
    .option('--user <id>', 'of this user only')
    .option('--all', 'ended ones too')
    .option('--limit <count>', 'how many', '50')
    .action(
      asOperator(async (operator, options: { user?: string; all?: boolean; limit: string }) => {
        const limit = Number(options.limit);
        if (!Number.isInteger(limit) || limit < 1) throw new OperatorError('--limit must be a whole number from 1.');
        const found = await listSessions(operator.database, {
          limit,
          liveOnly: options.all !== true,
          ...(options.user === undefined ? {} : { userId: options.user }),
        });
        const deps = await relayDepsOf(operator);
        const sessions = found.map((stored) => asOfNow(deps, stored));
        operator.print(sessions.map(toLine), 'No sessions.');
      }),
    );

  addOperatorCommand(session, 'show', 'one session, as the API shows it')
    .addArgument(new Argument('<session>', 'session id'))
    .action(
      asOperator(async (operator, id: string) => {
        const stored = await findSession(operator.database, id);
        if (!stored) throw new OperatorError(`There is no session ${id}. See: npm run session -- list --all`);
        const present = asOfNow(await relayDepsOf(operator), stored);
        // The player's URL holds the stream token.
        const { credentials: _, media_source_url: __, ...shown } = toApiSession(present, operator.clock.now());
        operator.printParts({ user_id: stored.userId, stop_cause: present.stopCause, ...shown });
      }),
    );

  addOperatorCommand(session, 'stop', 'stop a session; one that is being launched ends at its next step')
    .addArgument(new Argument('<session>', 'session id'))
    .action(
      asOperator(async (operator, id: string) => {
        const stopped = await stopSession(await relayDepsOf(operator), id, { evenLaunches: false });
        if (!stopped) throw new OperatorError(`There is no session ${id}. See: npm run session -- list`);
        operator.printOne({
          session_id: id,
          status: stopped.status,
          stop_deferred: stopped.status === 'provisioning',
        });
      }),
    );

  return session;
}

/** Stops a user's live relays at once, launches included; returns how many there were. */
export async function stopRelaysOf(operator: Operator, userId: string): Promise<number> {
  const deps = await relayDepsOf(operator);
  const live = await findLiveSessions(operator.database, userId);
  for (const { id } of live) await stopSession(deps, id, { evenLaunches: true });
  return live.length;
}

async function stopSession(
  deps: RelayDeps,
  id: string,
  { evenLaunches }: { evenLaunches: boolean },
): Promise<RelaySession | null> {
  return deps.database.transaction(async (trx) => {
    const stored = await lockSession(trx, id);
    if (!stored) return null;
    const horizon = horizonOf(deps);
    const change = settle(stored, horizon);
    if (change.after.status === 'active' || change.after.status === 'grace') {
      return commitChange(deps, trx, withMove(change, 'stopped', 'admin_forced', horizon.now), OPERATOR);
    }
    if (change.after.status === 'provisioning' && evenLaunches) {
      return commitChange(deps, trx, withMove(change, 'stopped', 'stop_requested', horizon.now), OPERATOR);
    }
    const wish = { stopRequestedAt: horizon.now, stopReason: 'admin_forced' };
    return commitChange(deps, trx, change.after.status === 'stopped' ? change : withFields(change, wish), OPERATOR);
  });
}

function toLine(session: RelaySession) {
  return {
    id: session.id,
    user: session.userId,
    status: session.status,
    step: session.provisionStep,
    region: session.region,
    address: session.publicIp,
    created_at: session.createdAt,
    stopped_at: session.stoppedAt,
    ended_by: session.stopCause,
  };
}
