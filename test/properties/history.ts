import fc from 'fast-check';
import { enforceDeadlines } from '../../src/features/relay/deadline-job.ts';
import { deprovisionSession, StillRunningError } from '../../src/features/relay/deprovision-job.ts';
import { reportHealth } from '../../src/features/relay/health-service.ts';
import { provisionSession } from '../../src/features/relay/provision-job.ts';
import { reconcile } from '../../src/features/relay/reconcile-job.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { findLiveSessions } from '../../src/features/relay/session-store.ts';
import { type StopReason, stopRelay } from '../../src/features/relay/stop-service.ts';
import { ApiError } from '../../src/http/errors.ts';
import type { RelayLab } from '../support/relay-lab.ts';
import type { Script } from '../support/scripted-provider.ts';

/** One thing that happens to a user's relays. Connections are told by a number. */
export type Happening =
  | { is: 'start'; connection: number }
  /** A start, and a launch that goes well unless it is cut. */
  | { is: 'comes_up'; connection: number; cutAfter: number }
  /** The launches that wait are run; `cutAfter` so many looks at an instance their worker is killed. */
  | { is: 'launches'; ends: Script['launch'] | 'rejects' | 'has_no_room'; stepMs: number; cutAfter?: number }
  | { is: 'stop'; connection: number; reason: StopReason; defer: boolean }
  | { is: 'heartbeat'; connection: number }
  | {
      is: 'report';
      connection: number;
      ingestActive: boolean | undefined;
      observedAgoSeconds: number | undefined;
      uptimeSeconds?: number | undefined;
    }
  | { is: 'time_passes'; ms: number }
  /** The API is away for so long, and back. */
  | { is: 'outage'; ms: number }
  /** The same, not yet back. */
  | { is: 'api_goes'; ms: number }
  | { is: 'deadlines_run' }
  | { is: 'instance_dies'; connection: number }
  | { is: 'reconcile' };

/** Mostly the same, so that much happens to one relay. */
const anyConnection = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3 }));

/** Short, within a lease, about a grace, hours. */
export const anySpanMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5_000 }) },
  { weight: 5, arbitrary: fc.integer({ min: 1_000, max: 310_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 200_000, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000_000, max: 60_000_000 }) },
);

const anyCut = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  fc.integer({ min: 1, max: 6 }),
);
const comesUp = fc.record({ is: fc.constant('comes_up' as const), connection: anyConnection, cutAfter: anyCut });
const start = fc.record({ is: fc.constant('start' as const), connection: anyConnection });
const launches = fc.record({
  is: fc.constant('launches' as const),
  ends: fc.oneof(
    { weight: 6, arbitrary: fc.constant('becomes_ready' as const) },
    fc.constantFrom('vanishes' as const, 'rejects' as const, 'has_no_room' as const),
  ),
  stepMs: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 9_000 }) }, fc.integer({ min: 0, max: 60_000 })),
  cutAfter: anyCut,
});
const heartbeat = fc.record({ is: fc.constant('heartbeat' as const), connection: anyConnection });

/** Anything at all, mostly what relays do all day. */
export const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: comesUp },
  { weight: 2, arbitrary: start },
  { weight: 2, arbitrary: launches },
  { weight: 5, arbitrary: heartbeat },
  {
    weight: 8,
    arbitrary: fc.record({
      is: fc.constant('report' as const),
      connection: anyConnection,
      ingestActive: fc.option(fc.boolean(), { nil: undefined, freq: 6 }),
      observedAgoSeconds: fc.option(fc.integer({ min: -60, max: 200 }), { nil: undefined, freq: 1 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ is: fc.constant('time_passes' as const), ms: anySpanMs }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('outage' as const), ms: anySpanMs }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('api_goes' as const), ms: anySpanMs }) },
  { weight: 2, arbitrary: fc.constant({ is: 'deadlines_run' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('stop' as const),
      connection: anyConnection,
      reason: fc.constantFrom('user_requested' as const, 'shutdown' as const, 'error_recovery' as const),
      defer: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('instance_dies' as const), connection: anyConnection }) },
  { weight: 1, arbitrary: fc.constant({ is: 'reconcile' as const }) },
);

const KILLED = new Error('the worker was killed');

export function connectionId(number: number): string {
  return `00000000-0000-4000-8000-00000000000${number}`;
}

/** Lets something happen through the real services. What the contract refuses (4xx) is refused; other errors pass on. */
export async function happen(lab: RelayLab, userId: string, happening: Happening): Promise<void> {
  try {
    await act(lab, userId, happening);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= 500) throw error;
  }
}

async function act(lab: RelayLab, userId: string, happening: Happening): Promise<void> {
  const { deps, clock } = lab;
  switch (happening.is) {
    case 'start':
      await lab.start(userId, { connectionId: connectionId(happening.connection) });
      return;
    case 'comes_up':
      await lab.start(userId, { connectionId: connectionId(happening.connection) });
      return launchAll(lab, { ends: 'becomes_ready', stepMs: 1_500, cutAfter: happening.cutAfter });
    case 'launches':
      return launchAll(lab, happening);
    case 'stop': {
      const { reason, defer } = happening;
      const target = { userId, sessionId: undefined, connectionId: connectionId(happening.connection) };
      await stopRelay(deps, { ...target, reason, defer, actor: { name: 'user' } });
      return;
    }
    case 'heartbeat':
    case 'report': {
      const session = await findStored(lab, userId, happening.connection);
      if (session) await reportHealth(deps, toReport(lab, session, happening));
      return;
    }
    case 'time_passes':
      clock.advance(happening.ms);
      return deps.alive.jump();
    case 'outage':
      clock.advance(happening.ms);
      return deps.alive.mark();
    case 'api_goes':
      clock.advance(happening.ms);
      return;
    case 'deadlines_run':
      await enforceDeadlines(deps);
      return;
    case 'instance_dies': {
      const session = await findStored(lab, userId, happening.connection);
      if (session?.instanceId) lab.provider.lose(session.instanceId);
      return;
    }
    case 'reconcile':
      await reconcile(deps, new Map());
      return;
  }
}

async function findStored(lab: RelayLab, userId: string, connection: number): Promise<RelaySession | undefined> {
  const live = await findLiveSessions(lab.database, userId);
  return live.find((session) => session.connectionId === connectionId(connection));
}

function toReport(lab: RelayLab, session: RelaySession, happening: Happening & { is: 'heartbeat' | 'report' }) {
  const report = { sessionId: session.id, instanceId: session.instanceId ?? 'none', requestId: 'test' };
  if (happening.is === 'heartbeat') return { ...report, ownerId: session.userId };
  const { ingestActive, observedAgoSeconds: ago, uptimeSeconds } = happening;
  const observedAt = ago === undefined ? undefined : new Date(lab.clock.now().getTime() - ago * 1000);
  return { ...report, figures: { ingestActive, uptimeSeconds, observedAt } };
}

/** Runs the launches that wait, with the script's end; the clock moves with each look at an instance. */
async function launchAll(lab: RelayLab, launch: Omit<Happening & { is: 'launches' }, 'is'>): Promise<void> {
  const { ends, stepMs, cutAfter = Number.POSITIVE_INFINITY } = launch;
  const { script } = lab.provider;
  script.provision = ends === 'rejects' || ends === 'has_no_room' ? ends : 'works';
  script.launch = ends === 'vanishes' ? 'vanishes' : 'becomes_ready';
  const waiting = lab.jobs.filter(({ name }) => name === 'relay-provision');
  for (const job of waiting) {
    const worker = new AbortController();
    let looks = 0;
    script.onDescribe = () => {
      lab.clock.advance(stepMs);
      looks += 1;
      if (looks === cutAfter) worker.abort(KILLED);
    };
    const done = await provisionSession(lab.deps, job.sessionId, worker.signal).then(
      () => true,
      (error) => {
        if (!worker.signal.aborted) throw error;
        return false;
      },
    );
    // A job whose worker was killed is there for the next one.
    if (done) lab.jobs.splice(lab.jobs.indexOf(job), 1);
  }
  script.onDescribe = () => undefined;
}

/** Ends everything that is left of a history: launches, relays, instances. */
export async function endHistory(lab: RelayLab, userId: string): Promise<void> {
  await happen(lab, userId, { is: 'launches', ends: 'becomes_ready', stepMs: 0 });
  await lab.deps.alive.jump();
  for (const connection of [0, 1, 2, 3]) {
    await happen(lab, userId, { is: 'stop', connection, reason: 'shutdown', defer: true });
  }
  lab.clock.forward(60);
  await lab.deps.alive.jump();
  const waiting = lab.jobs.filter(({ name }) => name === 'relay-deprovision');
  for (const job of waiting) {
    lab.jobs.splice(lab.jobs.indexOf(job), 1);
    await deprovisionSession(lab.deps, job.sessionId).catch((error) => {
      if (!(error instanceof StillRunningError)) throw error;
    });
  }
}
