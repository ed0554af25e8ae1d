import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RelaySession, SessionStatus } from '../../src/features/relay/session.ts';
import { type SessionChange, settleChange, unchanged, withMove } from '../../src/features/relay/session-change.ts';
import type { TransitionCause } from '../../src/features/relay/session-machine.ts';
import { LEGAL_TRANSITIONS } from '../support/legal-transitions.ts';
import { checkProperty, PROPERTY_LIMIT_MS } from '../support/property.ts';
import { CREATED_AT, relaySession } from '../support/relay-session.ts';

const STATES: SessionStatus[] = ['provisioning', 'active', 'grace', 'stopped'];
const CAUSES = [...new Set([...LEGAL_TRANSITIONS].map((line) => line.split(' by ')[1]))] as TransitionCause[];

interface Wish {
  to: SessionStatus;
  cause: TransitionCause;
}

/** One of the wishes that the table grants at that moment; `gently`: not the end, so that paths grow long. */
interface LegalWish {
  pick: number;
  gently: boolean;
}

/** Time passes; we may have been away at its end; then someone wants a transition, or nobody. */
interface Moment {
  milliseconds: number;
  awayMs: number;
  wish: Wish | LegalWish | null;
}

const anyWish: fc.Arbitrary<Wish | LegalWish> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ pick: fc.nat(), gently: fc.boolean() }) },
  fc.record({ to: fc.constantFrom(...STATES), cause: fc.constantFrom(...CAUSES) }),
);

const anyMoment: fc.Arbitrary<Moment> = fc.record({
  milliseconds: fc.oneof(
    // The clocks of two processes differ.
    fc.integer({ min: -2_000, max: 2_000 }),
    fc.integer({ min: 0, max: 400_000 }),
    fc.integer({ min: 0, max: 20_000_000 }),
  ),
  awayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_000_000 })),
  wish: fc.option(anyWish),
});

/** What the machine did, and what was asked of it in vain. */
interface Played {
  change: SessionChange;
  now: Date;
}

function play(moments: Moment[]): Played {
  let now = new Date(CREATED_AT);
  let change = unchanged(relaySession('provisioning'));
  for (const { milliseconds, awayMs, wish } of moments) {
    now = new Date(now.getTime() + milliseconds);
    change = settleChange(change, { now, aliveUntil: new Date(now.getTime() - awayMs) });
    if (wish) change = tryMove(change, 'to' in wish ? wish : legalWish(wish, change.after.status), now);
  }
  return { change, now };
}

function legalWish({ pick, gently }: LegalWish, from: SessionStatus): Wish {
  const lines = [...LEGAL_TRANSITIONS].filter((line) => line.startsWith(`${from} >`));
  const wanted = gently ? lines.filter((line) => !line.includes('> stopped')) : lines;
  const [, to = 'stopped', cause = 'shutdown'] = /> (\w+) by (\w+)$/.exec(wanted[pick % wanted.length] ?? '') ?? [];
  return { to: to as SessionStatus, cause: cause as TransitionCause };
}

/** The change with the wish granted; as it is when the machine refuses, which it must do for what the table lacks. */
function tryMove(change: SessionChange, { to, cause }: Wish, now: Date): SessionChange {
  const legal = LEGAL_TRANSITIONS.has(`${change.after.status} > ${to} by ${cause}`);
  const copy = structuredClone(change);
  if (legal) return withMove(change, to, cause, now);
  assert.throws(() => withMove(change, to, cause, now), { name: 'InvalidTransitionError' });
  assert.deepEqual(change, copy);
  return change;
}

/** Whole seconds of the time in `active`, counted from the transitions alone. */
function activeSpans({ change }: Played): { startedAt: Date; endedAt: Date }[] {
  const spans: { startedAt: Date; endedAt: Date }[] = [];
  for (const [index, { from, at }] of change.transitions.entries()) {
    const before = change.transitions[index - 1];
    if (from !== 'active' || !before) continue;
    spans.push({ startedAt: floor(before.at), endedAt: floor(at) });
  }
  return spans;
}

function floor(at: Date): Date {
  return new Date(at.getTime() - (at.getTime() % 1000));
}

function checkPath({ change }: Played): void {
  let status: SessionStatus = 'provisioning';
  let at = new Date(CREATED_AT);
  for (const transition of change.transitions) {
    assert.equal(transition.from, status);
    const line = `${transition.from} > ${transition.to} by ${transition.cause}`;
    assert.equal(LEGAL_TRANSITIONS.has(line), true, line);
    assert.equal(transition.at >= at, true, `${line} at ${transition.at.toISOString()} after ${at.toISOString()}`);
    ({ to: status, at } = transition);
  }
  assert.equal(change.after.status, status);
}

function checkTimers(session: RelaySession, now: Date): void {
  const has = { lease: session.leaseExpiresAt, grace: session.graceExpiresAt, bill: session.activeSince };
  assert.deepEqual(
    Object.entries(has).flatMap(([name, value]) => (value ? [name] : [])),
    { provisioning: [], active: ['lease', 'bill'], grace: ['grace'], stopped: [] }[session.status],
  );
  if (session.capExpiresAt && session.status !== 'stopped') assert.equal(session.capExpiresAt > now, true);
}

describe('the session machine under any sequence of wishes and deadlines', () => {
  it('never leaves its table, never goes back in time, and counts a version for each transition', async () => {
    await checkProperty(
      fc.property(fc.array(anyMoment, { maxLength: 40 }), (moments) => {
        const played = play(moments);
        const { before, after, transitions } = played.change;
        checkPath(played);
        checkTimers(after, played.now);
        assert.equal(after.version - before.version, transitions.length);
      }),
      { runs: 3000, shrinks: true },
    );
  }).timeout(PROPERTY_LIMIT_MS);

  it('bills exactly the whole seconds in active, in intervals that never overlap', async () => {
    await checkProperty(
      fc.property(fc.array(anyMoment, { maxLength: 40 }), (moments) => {
        const played = play(moments);
        const { intervals, after } = played.change;
        assert.deepEqual(intervals, activeSpans(played));
        for (const [index, { endedAt }] of intervals.slice(0, -1).entries()) {
          assert.equal((intervals[index + 1]?.startedAt ?? 0) >= endedAt, true);
        }
        const seconds = intervals.map(({ startedAt, endedAt }) => (endedAt.getTime() - startedAt.getTime()) / 1000);
        assert.equal(
          after.billedSeconds,
          seconds.reduce((sum, value) => sum + value, 0),
        );
      }),
      { runs: 3000, shrinks: true },
    );
  }).timeout(PROPERTY_LIMIT_MS);

  it('comes to the same whether it is looked at often or only at the end', async () => {
    const anyLooks = fc.array(fc.integer({ min: 0, max: 60_000_000 }), { maxLength: 20 });
    await checkProperty(
      fc.property(anyLooks, fc.integer({ min: 60_000_000, max: 70_000_000 }), (looks, end) => {
        const start = relaySession('active');
        const horizon = (ms: number) => {
          const now = new Date(Date.parse(CREATED_AT) + ms);
          return { now, aliveUntil: now };
        };
        let often = unchanged(start);
        for (const look of looks.sort((a, b) => a - b)) often = settleChange(often, horizon(look));
        assert.deepEqual(settleChange(often, horizon(end)), settleChange(unchanged(start), horizon(end)));
      }),
      { runs: 500, shrinks: true },
    );
  }).timeout(PROPERTY_LIMIT_MS);
});
