import { addSeconds, earlier, later } from '../../clock.ts';
import { intervalSeconds, toInterval, type UsageInterval } from '../usage/index.ts';
import type { RelaySession } from './session.ts';

/** A relay's word that a stream comes in is good for this long, in seconds: three of its reports may get lost. */
export const COVERAGE_SECONDS = 90;

type Meter = Pick<RelaySession, 'meteredSince' | 'meteredUntil'>;

/** What a change of the meter does to the session, and the billable interval that it closed. */
export interface MeterChange {
  fields: Partial<RelaySession>;
  interval: UsageInterval | null;
}

/** The session's billable interval that is not in the ledger yet, as it is at `now`; null when its time is free. */
export function openInterval({ meteredSince, meteredUntil }: Meter, now: Date): UsageInterval | null {
  return meteredSince && toInterval(meteredSince, earlier(now, meteredUntil ?? now));
}

/** The meter of a session that becomes active: by `ingest` it waits for the relay's word. */
export function startMeter({ metering }: Pick<RelaySession, 'metering'>, at: Date): Meter {
  return { meteredSince: metering === 'session' ? at : null, meteredUntil: null };
}

/** Stops the meter of a session that leaves `active`, or whose coverage has ended. */
export function stopMeter(session: RelaySession, at: Date): MeterChange {
  const interval = openInterval(session, at);
  const billedSeconds = session.billedSeconds + (interval ? intervalSeconds(interval) : 0);
  return { fields: { meteredSince: null, meteredUntil: null, billedSeconds }, interval };
}

/**
 * Takes a relay's word that a stream comes in to a session that is active. Time that passed without such a
 * word for longer than the last one was good for stays free. Nothing changes where the time in `active` is billed.
 *
 * @param when it was said; the session's last change instead, if the clock that was read is behind that.
 */
export function coverIngest(session: RelaySession, when: Date): MeterChange {
  if (session.metering === 'session') return { fields: {}, interval: null };
  const now = later(when, session.updatedAt);
  const until = addSeconds(now, COVERAGE_SECONDS);
  const { meteredUntil } = session;
  if (meteredUntil && meteredUntil >= now) {
    return { fields: { meteredUntil: later(meteredUntil, until) }, interval: null };
  }
  const { fields, interval } = stopMeter(session, now);
  return { fields: { ...fields, meteredSince: now, meteredUntil: until }, interval };
}
