import assert from 'node:assert/strict';
import { deprovisionSession } from '../../src/features/relay/deprovision-job.ts';
import { provisionSession } from '../../src/features/relay/provision-job.ts';
import type { RelaySession } from '../../src/features/relay/session.ts';
import { findSession } from '../../src/features/relay/session-store.ts';
import { type StopResult, stopRelay } from '../../src/features/relay/stop-service.ts';
import type { RelayLab } from '../support/relay-lab.ts';
import { transitionsOf } from '../support/stored-sessions.ts';

/** One session whose launch a test runs, with what to look at. */
export interface Launch {
  session: RelaySession;
  startedAt: Date;
  /** The job, by a worker that is told to end by `signal`. */
  run(signal?: AbortSignal): Promise<void>;
  /** Ids of the instances that were made, in order. */
  made(): string[];
  /** The provider's calls to make one. */
  provisions(): string[];
  stored(): Promise<RelaySession>;
  /** As `from > to by cause`. */
  transitions(): Promise<string[]>;
  /** How far the instance has come that was made first. */
  step(): string | undefined;
  wishStop(): Promise<StopResult>;
  /** The take-down job, which was asked for last, leaves nothing running. */
  takeDown(): Promise<void>;
}

/** A new session in a lab whose provider works. */
export async function beginLaunch(lab: RelayLab): Promise<Launch> {
  const { provider, database, deps, jobs } = lab;
  Object.assign(provider.script, {
    provision: 'works',
    launch: 'becomes_ready',
    deprovision: 'works',
    onDescribe: () => undefined,
  });
  provider.instances.clear();
  provider.calls.length = 0;
  jobs.length = 0;
  const startedAt = lab.clock.now();
  const session = await lab.start(await lab.makeUser());
  const made = () => [...provider.instances.keys()];

  return {
    session,
    startedAt,
    run: (signal = new AbortController().signal) => provisionSession(deps, session.id, signal),
    made,
    provisions: () => provider.calls.filter((line) => line.startsWith('provision ')),
    async stored() {
      const found = await findSession(database, session.id);
      if (!found) throw new Error(`${session.id} is gone`);
      return found;
    },
    transitions: async () => (await transitionsOf(database, session.id)).map(([line]) => line),
    step: () => provider.instances.get(String(made()[0]))?.description.step,
    wishStop: () =>
      stopRelay(deps, {
        userId: session.userId,
        sessionId: session.id,
        connectionId: undefined,
        reason: 'user_requested',
        defer: true,
        actor: { name: 'user' },
      }),
    async takeDown() {
      assert.deepEqual(jobs.pop(), { name: 'relay-deprovision', sessionId: session.id });
      await deprovisionSession(deps, session.id);
      assert.deepEqual(provider.running(), []);
    },
  };
}
