import assert from 'node:assert/strict';
import { coverIngest, openInterval, startMeter, stopMeter } from '../../src/features/relay/metering.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { ACTIVATED_AT, plus, relaySession } from '../support/relay-session.ts';

const at = (seconds: number) => plus(ACTIVATED_AT, seconds);
const whole = (seconds: number) => plus('2026-03-01T10:00:20Z', seconds);

/** An active session that is billed by ingest; its meter runs from then to then. */
function fed(since: Date | null, until: Date | null): RelaySession {
  return relaySession('active', {
    metering: 'ingest',
    ingestState: 'active',
    meteredSince: since,
    meteredUntil: until,
  });
}

describe('the meter', () => {
  it('runs from the activation where the time in active is billed, and waits for the relay where the stream is', () => {
    assert.deepEqual(startMeter({ metering: 'session' }, at(0)), { meteredSince: at(0), meteredUntil: null });
    assert.deepEqual(startMeter({ metering: 'ingest' }, at(0)), { meteredSince: null, meteredUntil: null });
  });

  it("takes a relay's word for 90 s", () => {
    const { fields, interval } = coverIngest(fed(null, null), at(7));
    assert.deepEqual([fields.meteredSince, fields.meteredUntil, interval], [at(7), at(97), null]);
    const session = fed(at(7), at(97));
    assert.deepEqual(openInterval(session, at(50)), { startedAt: whole(7), endedAt: whole(50) });
    assert.deepEqual(openInterval(session, at(1_000)), { startedAt: whole(7), endedAt: whole(97) });
  });

  it('goes on with a word that comes in time, to the millisecond, and begins anew behind a longer gap', () => {
    const session = fed(at(0), at(90));
    const inTime = coverIngest(session, at(90));
    assert.deepEqual([inTime.fields, inTime.interval], [{ meteredUntil: at(180) }, null]);
    const late = coverIngest(session, at(90.001));
    assert.deepEqual(late.fields, { meteredSince: at(90.001), meteredUntil: at(180.001), billedSeconds: 90 });
    assert.deepEqual(late.interval, { startedAt: whole(0), endedAt: whole(90) });
  });

  it('never shortens the coverage by a word that was said earlier', () => {
    assert.deepEqual(coverIngest(fed(at(0), at(100)), at(5)).fields, { meteredUntil: at(100) });
  });

  it('never begins before the session became active, whatever clock was read', () => {
    const session = { ...fed(null, null), updatedAt: at(10) };
    assert.deepEqual(coverIngest(session, at(9)).fields.meteredSince, at(10));
  });

  it('stops with the coverage or with the session, whichever comes first', () => {
    const session = fed(at(0), at(90));
    assert.deepEqual(stopMeter(session, at(60)).interval, { startedAt: whole(0), endedAt: whole(60) });
    assert.deepEqual(stopMeter(session, at(600)).interval, { startedAt: whole(0), endedAt: whole(90) });
    assert.deepEqual(stopMeter(session, at(600)).fields, { meteredSince: null, meteredUntil: null, billedSeconds: 90 });
    assert.equal(stopMeter(fed(null, null), at(600)).interval, null);
  });

  it('knows no reports where the time in active is billed', () => {
    assert.deepEqual(coverIngest(relaySession('active'), at(40)), { fields: {}, interval: null });
  });
});
