import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { CLIENT } from '../factories.ts';
import { type Answer, call } from '../http.ts';
import type { MoveHost } from './move-lab.ts';
import type { Tokens } from './plugin.ts';

/** What came of a load. */
export interface LoadReport {
  /** Ids of login attempts whose making was answered with success. */
  acknowledged: string[];
  /** Writes that were answered 503 with Retry-After. */
  refusals: number;
  /** Writes that reached no host: between the changes of rule and record, where the ports differ (502). */
  unreached: number;
  /** The longest time in which writes were refused without one that worked, in milliseconds. */
  longestRefusedMs: number;
  /** Answers that must not be. */
  faults: string[];
}

export interface MoveLoad {
  /** Waits for a few more writes that work. */
  progress(): Promise<void>;
  /** Waits for a write that is refused. */
  refusal(): Promise<void>;
  stop(): Promise<LoadReport>;
}

/** Begins writes and reads through the edge, one after the other, for as long as it isn't stopped. */
export function startMoveLoad(url: string, { access: token }: Tokens): MoveLoad {
  const report: LoadReport = { acknowledged: [], refusals: 0, unreached: 0, longestRefusedMs: 0, faults: [] };
  let isOver = false;
  let refusedSince: number | undefined;

  function note(answer: Answer): void {
    if (answer.status === 201 || answer.status === 200) {
      report.acknowledged.push(answer.body.login_attempt_id);
      if (refusedSince !== undefined) {
        report.longestRefusedMs = Math.max(report.longestRefusedMs, performance.now() - refusedSince);
      }
      refusedSince = undefined;
    } else if (answer.status === 503 && answer.headers.has('Retry-After')) {
      report.refusals += 1;
      refusedSince ??= performance.now();
    } else if (answer.status === 502) {
      report.unreached += 1;
      refusedSince ??= performance.now();
    } else report.faults.push(`write: ${answer.status} ${answer.text}`);
  }

  const running = (async () => {
    while (!isOver) {
      note(await call({ url }, 'POST', '/auth/plugin/login/start', { body: { client: CLIENT } }));
      const read = await call({ url }, 'GET', '/auth/session', { token });
      // A connection that is cut while it is used is told as 503 too.
      if (![200, 502, 503].includes(read.status)) report.faults.push(`read: ${read.status} ${read.text}`);
      await pause(10);
    }
  })().catch((error) => void report.faults.push(String(error)));
  const waitFor = (isThere: () => boolean) =>
    eventually(
      () => {
        if (!isThere()) throw new Error(`The load waits in vain: ${JSON.stringify(report.faults.slice(0, 3))}`);
      },
      { timeoutMs: 30_000 },
    );
  return {
    progress: () => {
      const before = report.acknowledged.length;
      return waitFor(() => report.acknowledged.length >= before + 5);
    },
    refusal: () => {
      const before = report.refusals;
      return waitFor(() => report.refusals > before);
    },
    async stop() {
      isOver = true;
      await running;
      return report;
    },
  };
}

/** Each write that was acknowledged is on this host, and no answer was amiss. */
export async function assertNothingLost({ acknowledged, faults }: LoadReport, host: MoveHost): Promise<void> {
  assert.deepEqual(faults, []);
  const rows = await host.cluster.query('select id from plugin_login_attempts', 'telemy');
  const there = new Set(rows.map(({ id }) => id));
  assert.ok(acknowledged.length > 0);
  assert.deepEqual(
    acknowledged.filter((id) => !there.has(id)),
    [],
  );
}

/** A report in words. */
export function describeLoad({ acknowledged, refusals, unreached, longestRefusedMs }: LoadReport): string {
  const seconds = Math.round(longestRefusedMs / 1000);
  return `${acknowledged.length} writes acknowledged, ${refusals} refused with 503, ${unreached} unreached (502) in the cutover that was killed, none for longer than ${seconds} s`;
}
