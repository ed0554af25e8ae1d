import assert from 'node:assert/strict';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { reportHealth } from '../../src/features/relay/health-service.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { unchanged, withMove } from '../../src/features/relay/session-change.ts';
import { ConcurrentChangeError, lockSession, updateSession } from '../../src/features/relay/session-store.ts';
import { eventually } from '../support/eventually.ts';
import { waitingForLocks } from '../support/locks.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { storeSession, transitionsOf } from '../support/stored-sessions.ts';

describe('someone who comes late to a session', () => {
  const lab = useRelayLab();
  let session: RelaySession;

  beforeEach(async () => {
    await lab().database('relay_sessions').delete();
    await lab().deps.alive.jump();
    const userId = await lab().makeUser();
    session = await storeSession(lab().database, lab().clock.now(), userId, 'grace', { ingestState: 'active' });
  });

  it('never goes back in time behind the one in front', async () => {
    const report = { sessionId: session.id, instanceId: String(session.instanceId), requestId: 'late' };
    const figures = { ingestActive: false, uptimeSeconds: undefined, observedAt: undefined };
    let late: Promise<unknown> = Promise.resolve();
    await lab().database.transaction(async (trx) => {
      const locked = await lockSession(trx, session.id);
      // Its clock is read before it has to wait.
      late = reportHealth(lab().deps, { ...report, figures });
      await eventually(async () => assert.equal(await waitingForLocks(lab().database), 1));
      const moved = withMove(unchanged(locked as RelaySession), 'active', 'heartbeat', lab().clock.forward(5));
      await updateSession(trx, moved.before, moved.after);
    });
    await late;
    const now = lab().clock.now();
    assert.deepEqual(await transitionsOf(lab().database, session.id), [['active > grace by ingest_lost', now]]);
    assert.deepEqual(
      await lab().database('usage_intervals').where({ session_id: session.id }).select('started_at', 'ended_at'),
      [{ started_at: now, ended_at: now }],
    );
  });

  it('is refused by the database when it writes over what it has not read', async () => {
    lab().clock.forward(600);
    await lab().deps.alive.jump();
    assert.equal(await enforceDeadlines(lab().deps), 1);
    const { before, after } = withMove(unchanged(session), 'active', 'heartbeat', lab().clock.now());
    await assert.rejects(
      lab().database.transaction((trx) => updateSession(trx, before, after)),
      ConcurrentChangeError,
    );
    const row = await lab().database('relay_sessions').where({ id: session.id }).first();
    assert.equal(row.status, 'stopped');
  });
});
