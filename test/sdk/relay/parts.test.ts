import assert from 'node:assert/strict';
import { backoffMs, heartbeatDelayMs, pollPauseMs, retryDelayMs, startDelays } from '../../../src/sdk/relay/backoff.ts';
import { newConnection, nextStep } from '../../../src/sdk/relay/connection.ts';
import { reduce } from '../../../src/sdk/relay/reduce.ts';
import { verdictOf } from '../../../src/sdk/relay/relay-error.ts';
import { apiSession } from './sessions.ts';

const api = (status: number) => verdictOf({ kind: 'api', code: 'x', message: '', status });

describe('the waits of the relay manager', () => {
  it('double from 1 s to 60 s, half of it left to chance', () => {
    assert.deepEqual(
      [1, 2, 3, 7, 99].map((failures) => backoffMs(failures, 1)),
      [1_000, 2_000, 4_000, 60_000, 60_000],
    );
    assert.equal(backoffMs(2, 0), 1_000);
  });

  it('are never shorter than the server says', () => {
    assert.equal(retryDelayMs({ retryAfter: 30 }, 1, 0), 30_000);
    assert.equal(retryDelayMs({ retryAfter: 30 }, 1, 1), 31_000);
  });

  it('are those of the OBS plugin between heartbeats', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 50].map(heartbeatDelayMs),
      [30_000, 30_000, 30_000, 60_000, 120_000, 120_000, 120_000],
    );
  });

  it('put at most 2 s between two starts', () => {
    assert.deepEqual(
      startDelays(4, () => 0.999),
      [0, 1_998, 3_996, 5_994],
    );
  });

  it('keep all looks of an account below half of its limit', () => {
    for (const connections of [1, 4, 30, 99])
      assert.ok((connections * 60_000) / pollPauseMs(connections) <= 30 || connections < 3);
  });
});

describe('what an error means to the relay manager', () => {
  it('is a retry where the same request may go well later, a denial where the account must change', () => {
    assert.deepEqual([401, 403, 426].map(api), ['denied', 'denied', 'denied']);
    assert.deepEqual([500, 503, 429, 409].map(api), ['retry', 'retry', 'retry', 'retry']);
    assert.deepEqual([400, 404, 410].map(api), ['final', 'final', 'final']);
  });
});

describe("a connection's state machine", () => {
  const moment = { now: 1_000, chance: 0 };
  const fresh = newConnection({ connectionId: 'c' });

  it('changes nothing that it is given', () => {
    const frozen = Object.freeze({ ...fresh, saved: Object.freeze({ ...fresh.saved }) });
    const { connection } = reduce(frozen, { type: 'start_due', idempotencyKey: 'k' }, moment);
    assert.equal(connection.saved.pendingStart?.idempotencyKey, 'k');
    assert.equal(frozen.saved.pendingStart, undefined);
  });

  it('keeps the key and the words of a start that has no answer', () => {
    const due = reduce(fresh, { type: 'start_due', idempotencyKey: 'k' }, moment).connection;
    const wished = reduce(due, { type: 'region_wanted', region: 'eu-west-1' }, moment).connection;
    const again = reduce(wished, { type: 'start_due', idempotencyKey: 'other' }, moment).connection;
    assert.deepEqual(again.saved.pendingStart, { idempotencyKey: 'k' });
    assert.deepEqual(again.saved.move, { region: 'eu-west-1', accepted: false });
  });

  it('makes a new key after a mismatch', () => {
    const due = reduce(fresh, { type: 'start_due', idempotencyKey: 'k' }, moment).connection;
    const error = { kind: 'api', code: 'idempotency_mismatch', message: '', status: 409 } as const;
    const { connection } = reduce(due, { type: 'failed', attempt: 'start', error }, moment);
    assert.equal(connection.saved.pendingStart, undefined);
    assert.equal(nextStep({ ...connection, isSynced: true }, 60_000).do, 'start');
  });

  it('starts anew when the key of a start led to a session that has ended', () => {
    const session = apiSession({ status: 'stopped' });
    const { connection } = reduce(fresh, { type: 'started', session, outcome: 'replayed' }, moment);
    assert.equal(connection.session, null);
    assert.equal(nextStep(connection, 1_000).do, 'start');
  });

  it('does not take the answer to one move for that to a later wish', () => {
    const active = apiSession({ status: 'active' });
    const saved = { connectionId: 'c', move: { region: 'ap-south-1', accepted: false } };
    const migration = { new_region: 'eu-west-1', step: 'launching_instance', failure: null } as const;
    const moved = { type: 'moved', session: { ...active, migration }, region: 'eu-west-1' } as const;
    const { connection } = reduce({ ...fresh, saved, session: active }, moved, moment);
    assert.equal(connection.saved.move?.accepted, false);
  });

  it('holds its limit when what is known may be old, but not for hours by which a clock was set back', () => {
    const error = { kind: 'limit', code: 'restart_limit', message: '' } as const;
    const doubt = (retryAt: number) =>
      reduce({ ...fresh, error, retryAt }, { type: 'doubted' }, moment).connection.retryAt;
    assert.equal(doubt(300_000), 300_000);
    assert.equal(doubt(9e9), 601_000);
  });

  it('follows another live session of the connection when its own is gone', () => {
    const first = reduce(fresh, { type: 'seen', session: apiSession(), last: null }, moment).connection;
    const other = apiSession({ session_id: 'ses_2' });
    const { news } = reduce(first, { type: 'seen', session: other, last: null }, moment);
    assert.deepEqual(
      news.map(({ type }) => type),
      ['session_gone', 'relay_started', 'provision_step'],
    );
  });
});
