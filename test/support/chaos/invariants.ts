import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Database, Transaction } from '../../../src/database/connect.ts';
import { readAccess } from '../../crash/billing-histories.ts';
import { checkOutages, checkSessions } from '../../properties/history-checks.ts';
import type { Billing } from './billing.ts';
import type { Plugin } from './plugin.ts';
import { shopfrontOf, type World } from './world.ts';

/** What must hold once everything has come to rest. @throws Error that tells what doesn't. */
export interface Invariant {
  name: string;
  check(state: RestState): Promise<void>;
}

/** What there is to look at. */
export interface RestState {
  world: World;
  database: Database;
  plugins: readonly Plugin[];
  billing: Billing;
  /** Sessions that a user's plan has room for. */
  planRoom: number;
}

/** Those that take time to become true; everything else must hold as soon as they do. */
export const SETTLING: readonly Invariant[] = [
  { name: 'nothing still comes up', check: assertNothingComesUp },
  { name: 'instances are those of the live sessions', check: assertInstances },
  { name: 'every webhook is worked on', check: assertWebhooksDone },
];

export const LASTING: readonly Invariant[] = [
  { name: 'one live session per connection, never above the plan', check: assertRoom },
  { name: 'ledger is what the events imply', check: assertLedger },
  { name: 'every webhook taken is applied once', check: assertWebhooks },
  { name: 'nothing answered is lost', check: assertNothingLost },
  { name: 'no process fell', check: async ({ world }) => assert.deepEqual(world.fleet.fallen(), []) },
];

async function assertNothingComesUp({ database }: RestState): Promise<void> {
  const rows = await database('relay_sessions').where({ status: 'provisioning' }).select('id', 'provision_step');
  assert.deepEqual(rows, []);
}

async function assertInstances({ database, world }: RestState): Promise<void> {
  const live = await database('relay_sessions').whereNot({ status: 'stopped' }).select('id', 'instance_id');
  const there = await world.provider.list(world.deployment);
  assert.deepEqual(
    there.map(({ sessionId, instanceId }) => `${sessionId} ${instanceId}`).sort(),
    live.map(({ id, instance_id }) => `${id} ${instance_id}`).sort(),
  );
}

async function assertWebhooksDone({ database }: RestState): Promise<void> {
  assert.deepEqual(await database('billing_events').where({ state: 'received' }).select('id', 'attempts'), []);
}

/** By the order in which the database took the events, so that no clock has a say; at every moment, not only now. */
async function assertRoom({ database, plugins, planRoom }: RestState): Promise<void> {
  for (const { userId } of plugins) {
    const events: { session_id: string; connection_id: string; to_status: string }[] = await database(
      'relay_session_events as e',
    )
      .join('relay_sessions as s', 's.id', 'e.session_id')
      .where({ 'e.user_id': userId })
      .orderBy('e.id')
      .select('e.session_id', 's.connection_id', 'e.to_status');
    const live = new Map<string, string>();
    for (const { session_id, connection_id, to_status } of events) {
      if (to_status === 'stopped') live.delete(connection_id);
      else {
        const before = live.get(connection_id) ?? session_id;
        assert.equal(session_id, before, `two live sessions of ${userId} on ${connection_id}`);
        live.set(connection_id, session_id);
      }
      assert.ok(live.size <= planRoom, `${live.size} live sessions of ${userId}`);
    }
  }
}

async function assertLedger({ database, plugins }: RestState): Promise<void> {
  // One picture: relays go on reporting.
  await database.transaction(
    async (trx: Transaction) => {
      for (const { userId } of plugins) {
        await checkSessions(trx, userId);
        await checkOutages(trx, userId);
      }
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

async function assertWebhooks({ database, billing, world }: RestState): Promise<void> {
  const sums = [...new Set(billing.bodies)].map((body) => createHash('sha256').update(body).digest());
  assert.equal(billing.taken.size, sums.length);
  const rows: { event_name: string; state: string; reason: string | null }[] = await database('billing_events')
    .whereIn('body_sha256', sums)
    .select('event_name', 'state', 'reason');
  assert.equal(rows.length, sums.length, 'each is stored once');
  const others = rows.filter(({ state, event_name }) => state !== 'applied' && event_name !== 'order_created');
  assert.deepEqual(others, []);
  for (const { history, ...customer } of billing.customers) {
    assert.deepEqual(await readAccess(shopfrontOf(world, database), customer), history.access, history.name);
  }
}

/** What was answered is there, and what is there was answered: no start has left a second session. */
async function assertNothingLost({ database, plugins }: RestState): Promise<void> {
  for (const { userId, sessions } of plugins) {
    const rows = await database('relay_sessions').where({ user_id: userId }).select('id', 'status');
    assert.deepEqual(rows.map(({ id }) => id).sort(), [...sessions.keys()].sort(), `sessions of ${userId}`);
    const revived = rows.filter(({ id, status }) => sessions.get(id)?.stopped && status !== 'stopped');
    assert.deepEqual(revived, [], 'what was answered as stopped stays so');
  }
}
