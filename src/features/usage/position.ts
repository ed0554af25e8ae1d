import type { Cycle } from './cycle.ts';

/** Where a list of the sessions of a cycle goes on. It holds nothing that a caller could not ask for anyway. */
export interface UsagePosition {
  /** The instant that every page is computed at. */
  asOf: Date;
  cycle: Cycle;
  /** The last session that was told: when it began, as ISO text with microseconds, and its id. */
  after: { beganAt: string; sessionId: string };
}

/** The position as the opaque text that callers hand back. */
export function encodePosition({ asOf, cycle, after }: UsagePosition): string {
  const times = [asOf, cycle.start, cycle.end].map((time) => time.toISOString());
  return Buffer.from(JSON.stringify([...times, after.beganAt, after.sessionId])).toString('base64url');
}

/** The position that a text stands for; null for a text that `encodePosition` never made. */
export function decodePosition(text: string): UsagePosition | null {
  const [asOf, start, end, beganAt, sessionId] = readArray(text);
  if (!isTime(asOf) || !isTime(start) || !isTime(end) || !isTime(beganAt) || !isSessionId(sessionId)) return null;
  const position = {
    asOf: new Date(asOf),
    cycle: { start: new Date(start), end: new Date(end) },
    after: { beganAt, sessionId },
  };
  const { cycle } = position;
  const fits = cycle.start <= position.asOf && position.asOf < cycle.end;
  return fits && encodePosition(position) === text ? position : null;
}

function readArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const TIME = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}){1,2}Z$/;

/** A time that is in the calendar, which neither `Date` nor the pattern makes sure of by itself. */
function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || !TIME.test(value)) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === value.slice(0, 19);
}

function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && /^ses_[0-9A-Za-z_-]{1,64}$/.test(value);
}
