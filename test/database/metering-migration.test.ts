import assert from 'node:assert/strict';
import { metering } from '../../src/database/migrations/0003-metering.ts';
import { accountNotices } from '../../src/database/migrations/0011-account-notices.ts';
import { findSession } from '../../src/features/relay/session-store.ts';
import { useRelayLab } from '../support/relay-lab.ts';
import { storeSession } from '../support/stored-sessions.ts';

describe('the migration 0003-metering', () => {
  const lab = useRelayLab();

  it('lets the meters of sessions that are active run on since their activation, and those of others rest', async () => {
    const now = lab().clock.now();
    const userId = await lab().makeUser();
    const stored = await Promise.all(
      (['provisioning', 'active', 'grace', 'stopped'] as const).map((status) =>
        storeSession(lab().database, now, userId, status),
      ),
    );
    // Its triggers name columns of the meter.
    await accountNotices.down(lab().database);
    await metering.down(lab().database);
    await metering.up(lab().database);
    await accountNotices.up(lab().database);
    for (const session of stored) {
      assert.deepEqual(await findSession(lab().database, session.id), {
        ...session,
        metering: 'session',
        meteredSince: session.activeSince,
        meteredUntil: null,
      });
    }
  });

  it('refuses a meter that the rules do not know', async () => {
    const userId = await lab().makeUser();
    const { id } = await storeSession(lab().database, lab().clock.now(), userId, 'active');
    const change = (values: object) => lab().database('relay_sessions').where({ id }).update(values);
    const at = lab().clock.now();
    await assert.rejects(change({ metered_since: null }), /meter_starts/);
    await assert.rejects(change({ metered_until: at }), /meter_ends/);
    await assert.rejects(change({ metering: 'ingest' }), /meter_ends/);
    await assert.rejects(change({ has_gaps: true }), /relay_sessions_gaps/);
    await change({ metering: 'ingest', metered_until: at, has_gaps: true });
  });
});
