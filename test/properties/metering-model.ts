import type { Happening } from './history.ts';

/**
 * The rules of domain.md for the bill of one connection, read second by second from what happened: no row of the service
 * is looked at, and no interval is kept. A second counts where its last millisecond does, which is what cutting bounds
 * to whole seconds comes to. Times are milliseconds since 1970.
 */
export interface MeteringModel {
  /** Notes what happened; the clock stands where it stood before. */
  note(happening: Happening): void;
  now(): number;
  /** Billable seconds of all sessions inside the cycle, true-up included, so far. */
  count(cycle: { start: number; end: number }): number;
  /** Those of them that only true-up made billable. */
  trueUps(): number;
}

const SECOND = 1_000;
const LEASE = 300 * SECOND;
const GRACE = 600 * SECOND;
const CAP = 57_600 * SECOND;
const LAUNCH = 180 * SECOND;
const COVERAGE = 90 * SECOND;
const OUTAGE = 30 * SECOND;
/** Looks at an instance until it is ready, and what each takes when it comes up in one go. */
const LOOKS = 5;
const LOOK_MS = 1_500;

/** A time in `active`, and the reports of a stream in it. */
interface Stretch {
  from: number;
  to: number | null;
  reports: number[];
}

interface Session {
  status: 'provisioning' | 'active' | 'grace' | 'stopped';
  ingest: 'never' | 'active' | 'lost';
  looksLeft: number;
  wishedToStop: boolean;
  launchEnds: number;
  lease: number;
  graceEnds: number;
  cap: number | null;
  observed: number;
  stretches: Stretch[];
  /** Outages that its relay's next report may prove. */
  hidden: { from: number; to: number }[];
  /** Last milliseconds of seconds that a true-up made billable. */
  proved: Set<number>;
}

/** @param policy what is billed. @param start the service is alive then, and nothing has happened. */
export function createMeteringModel(policy: 'session' | 'ingest', start: number): MeteringModel {
  const sessions: Session[] = [];
  let now = start;
  let mark = start;

  const live = (): Session | undefined => {
    const last = sessions.at(-1);
    if (last) settle(last, now, now - mark <= OUTAGE ? now : mark);
    return last?.status === 'stopped' ? undefined : last;
  };

  function begin(): void {
    const session = live();
    if (session) session.wishedToStop = false;
    else sessions.push(newSession(now));
  }

  /** A worker takes the launch on, for as many looks as it lives. */
  function launch(looks: number): void {
    const session = sessions.at(-1);
    if (session?.status !== 'provisioning') return;
    for (let look = 0; ; look += 1) {
      settle(session, now, now);
      if (session.status !== 'provisioning') return;
      if (session.wishedToStop) leave(session, 'stopped', now);
      else if (session.looksLeft === 0) enter(session, now);
      if (session.status !== 'provisioning' || look === looks) return;
      now += LOOK_MS;
      session.looksLeft -= 1;
    }
  }

  function hear(happening: Happening & { is: 'heartbeat' | 'report' }): void {
    const session = live();
    if (session?.status !== 'active' && session?.status !== 'grace') return;
    const report = happening.is === 'report' ? counting(session, happening) : null;
    if (report) {
      session.observed = report.observed;
      if (report.stream) session.ingest = 'active';
      if (report.stream === false && session.ingest === 'active') session.ingest = 'lost';
    }
    if (session.status === 'active') {
      session.lease = now + LEASE;
      if (session.ingest === 'lost') leave(session, 'grace', now);
    } else if (session.ingest !== 'lost') enter(session, now);
    if (report?.stream && session.status === 'active') {
      session.stretches.at(-1)?.reports.push(now);
      if (report.uptime !== undefined) prove(session, now - report.uptime * SECOND, now);
    }
  }

  function counting(
    session: Session,
    { ingestActive, observedAgoSeconds, uptimeSeconds }: Happening & { is: 'report' },
  ) {
    const ago = (observedAgoSeconds ?? 0) * SECOND;
    const observed = now - ago;
    if (ago > 120 * SECOND || ago < -30 * SECOND || observed <= session.observed) return null;
    return { observed, stream: ingestActive, uptime: uptimeSeconds };
  }

  function returnOfApi(): void {
    const [from, to] = [mark, now];
    mark = now;
    if (to - from <= OUTAGE) return;
    const session = sessions.at(-1);
    if (!session) return;
    settle(session, from, from);
    if (session.lease > from && session.lease <= to) session.lease = to + LEASE;
    if (session.graceEnds > from && session.graceEnds <= to) session.graceEnds = to + LEASE;
    const stretch = session.stretches.at(-1);
    if (policy === 'session' || session.status !== 'active' || session.ingest !== 'active' || !stretch) return;
    // The last word before the return is good for its time; what lies before that word is given up.
    const covered = stretch.reports.length === 0 ? from : Math.max(...stretch.reports) + COVERAGE;
    if (stretch.from <= from) session.hidden.push({ from: Math.max(from, covered), to });
  }

  function isBilled(session: Session, moment: number): boolean {
    return session.stretches.some(
      ({ from, to, reports }) =>
        from <= moment &&
        moment < (to ?? now) &&
        (policy === 'session' || reports.some((report) => report <= moment && moment < report + COVERAGE)),
    );
  }

  function prove(session: Session, from: number, to: number): void {
    for (const outage of session.hidden) {
      for (const moment of secondsOf(outage.from, outage.to)) {
        if (moment >= from && moment < to && !isCovered(session, moment)) session.proved.add(moment);
      }
    }
    session.hidden = [];
  }

  /** Billed by now, or going to be: a report's word reaches ahead. */
  function isCovered(session: Session, moment: number): boolean {
    return session.stretches.some(({ reports }) =>
      reports.some((report) => report <= moment && moment < report + COVERAGE),
    );
  }

  return {
    note(happening) {
      switch (happening.is) {
        case 'comes_up':
          begin();
          return launch(happening.cutAfter);
        case 'launches':
          live();
          return launch(happening.cutAfter ?? Number.POSITIVE_INFINITY);
        case 'stop': {
          const session = live();
          if (session?.status === 'provisioning') session.wishedToStop ||= happening.defer;
          else if (session) leave(session, 'stopped', now);
          return;
        }
        case 'heartbeat':
        case 'report':
          return hear(happening);
        case 'time_passes':
          now += happening.ms;
          mark = now;
          return;
        case 'outage':
          now += happening.ms;
          return returnOfApi();
        case 'api_goes':
          now += happening.ms;
          return;
        case 'deadlines_run':
          live();
          return;
        default:
          throw new Error(`The model knows nothing of ${happening.is}.`);
      }
    },
    now: () => now,
    count(cycle) {
      live();
      return sessions.reduce((sum, session) => {
        const [first] = session.stretches;
        if (!first) return sum;
        for (const moment of secondsOf(Math.max(first.from, cycle.start), Math.min(now, cycle.end)))
          if (session.proved.has(moment) || isBilled(session, moment)) sum += 1;
        return sum;
      }, 0);
    },
    trueUps: () => sessions.reduce((sum, session) => sum + session.proved.size, 0),
  };
}

/** The last millisecond of each second that ends in the span. */
function* secondsOf(from: number, to: number): Generator<number> {
  const last = SECOND - 1;
  for (let moment = Math.floor(from / SECOND) * SECOND + last; moment < to; moment += SECOND) yield moment;
}

function newSession(now: number): Session {
  return {
    status: 'provisioning',
    ingest: 'never',
    looksLeft: LOOKS,
    wishedToStop: false,
    launchEnds: now + LAUNCH,
    lease: 0,
    graceEnds: 0,
    cap: null,
    observed: Number.NEGATIVE_INFINITY,
    stretches: [],
    hidden: [],
    proved: new Set(),
  };
}

function enter(session: Session, at: number): void {
  session.status = 'active';
  session.lease = at + LEASE;
  session.graceEnds = 0;
  session.cap ??= at + CAP;
  session.stretches.push({ from: at, to: null, reports: [] });
}

function leave(session: Session, to: 'grace' | 'stopped', at: number): void {
  if (session.status === 'active') (session.stretches.at(-1) as Stretch).to = at;
  session.status = to;
  session.lease = 0;
  session.graceEnds = to === 'grace' ? at + GRACE : 0;
  session.hidden = [];
}

/** Lets every deadline up to `until` act; those of leases and graces only up to `patience`. */
function settle(session: Session, until: number, patience: number): void {
  const { status, cap, launchEnds } = session;
  if (status === 'stopped') return;
  if (status === 'provisioning') {
    if (launchEnds <= until) leave(session, 'stopped', launchEnds);
    return;
  }
  const next = status === 'active' ? session.lease : session.graceEnds;
  const capped = cap !== null && cap <= until;
  if (next <= patience && !(capped && cap <= next)) {
    leave(session, status === 'active' ? 'grace' : 'stopped', next);
    settle(session, until, patience);
  } else if (capped) leave(session, 'stopped', cap);
}
