import assert from 'node:assert/strict';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { useApp } from '../../support/test-app.ts';
import { operationsWith } from './common-statuses.ts';
import { assertError } from './error-body.ts';
import { sendExample } from './example-request.ts';

/** By operation: a column that it cannot work without. Renaming it makes real SQL fail at a depth of our choice. */
const NEEDED: Record<string, [table: string, column: string]> = {
  getAuthSession: ['stream_slots', 'slot_number'],
  startPluginLogin: ['plugin_login_attempts', 'requester_address'],
  pollPluginLogin: ['plugin_login_attempts', 'id'],
  completePluginLogin: ['plugin_login_attempts', 'id'],
  refreshAuth: ['auth_sessions', 'id'],
  logout: ['auth_sessions', 'revoke_reason'],
  startRelay: ['relay_sessions', 'pair_token'],
  getActiveRelay: ['relay_sessions', 'status'],
  getRelaySession: ['relay_sessions', 'id'],
  stopRelay: ['relay_sessions', 'id'],
  migrateRelay: ['relay_sessions', 'id'],
  reportRelayHealth: ['relay_sessions', 'id'],
  getRelayManifest: ['relay_manifests', 'position'],
  getCapacityStatus: ['relay_sessions', 'activated_at'],
  getCurrentUsage: ['usage_intervals', 'ended_at'],
  listUsageSessions: ['usage_adjustments', 'reason'],
  listStreamSlots: ['stream_slots', 'relay_slug'],
  renameStreamSlot: ['stream_slots', 'label'],
  regenerateStreamToken: ['stream_slots', 'stream_token'],
  // Of its own it reads nothing but the account.
  createCheckout: ['users', 'subscriptions'],
  receiveBillingWebhook: ['billing_events', 'body_sha256'],
};

describe('500 of every operation when its SQL fails', () => {
  const app = useApp({ roles: ['api'] });

  async function rename(table: string, from: string, to: string): Promise<void> {
    await app().database.raw('alter table ?? rename column ?? to ??', [table, from, to]);
  }

  for (const operation of operationsWith('500')) {
    it(`${operation.operationId} tells nothing but the request id, logs the cause under it, and recovers`, async () => {
      const needed = NEEDED[operation.operationId];
      if (!needed) throw new Error(`Say here what ${operation.operationId} needs.`);
      const [table, column] = needed;
      const caller: SignedIn = await signInNewUser(app());
      const logged = app().logLines.length;
      await rename(table, column, 'gone');
      try {
        const answer = await sendExample(app(), operation, caller);
        const error = assertError(answer, 500, 'internal_error');
        assert.deepEqual(error.details, {});
        assert.equal(answer.headers.get('Retry-After'), null);
        assert.doesNotMatch(answer.text, new RegExp(`\\b(${table}|${column}|gone)\\b`));
        const cause = app()
          .logLines.slice(logged)
          .map((line) => JSON.parse(line) as { request_id?: string; err?: { code?: string } })
          .find((line) => line.request_id === error.request_id && line.err !== undefined);
        // 42703: undefined column. So it was the injected fault, and no other.
        assert.equal(cause?.err?.code, '42703');
      } finally {
        await rename(table, 'gone', column);
      }
      const later = await sendExample(app(), operation, caller);
      assert.equal(later.status < 500, true, later.text);
    });
  }
});
