import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { type Answer, call } from '../http.ts';
import type { MoveHost } from './move-lab.ts';
import type { Relay, Tokens } from './plugin.ts';

/** What devices did while the service moved, as far as it was acknowledged. */
export interface WorkReport {
  /** Sessions whose start was answered with success. */
  started: string[];
  /** Of those: whose stop was. */
  stopped: string[];
  heartbeats: number;
  /** How often tokens were refreshed, each time with the refresh token that the time before gave. */
  refreshes: number;
  /** Answers that must not be. */
  faults: string[];
}

export interface MoveWork {
  /** Waits until each device did more. */
  progress(): Promise<void>;
  /** Ends it; a relay that was started is stopped first, if that works within 10 s. */
  stop(): Promise<WorkReport>;
}

const REST_MS = 50;
const STOP_LIMIT_MS = 10_000;
const PROGRESS_LIMIT_MS = 30_000;

/**
 * Has a device start and stop relays, another one beat for its relay, and a third one refresh its tokens, through the
 * edge, each of them one request after the other. What is refused is tried again as it was.
 */
export function startMoveWork(
  url: string,
  devices: { starts: Tokens; beats: Tokens; relay: Relay; refreshes: Tokens },
): MoveWork {
  const report: WorkReport = { started: [], stopped: [], heartbeats: 0, refreshes: 0, faults: [] };
  let isOver = false;
  let stopBy = Number.POSITIVE_INFINITY;

  /** Until it works or must not be; undefined then, or when the end came first. */
  async function insist(
    path: string,
    options: Parameters<typeof call>[3],
    isLast = false,
  ): Promise<Answer | undefined> {
    while (isLast ? performance.now() < stopBy : !isOver) {
      const answer = await call({ url }, 'POST', path, options);
      await pause(REST_MS);
      if ([200, 201, 202].includes(answer.status)) return answer;
      if (answer.status === 502 || (answer.status === 503 && answer.headers.has('Retry-After'))) continue;
      // Relays of before end only once there is a worker again.
      if (answer.status === 409 && path === '/relay/start') continue;
      report.faults.push(`${path}: ${answer.status} ${answer.text}`);
      return undefined;
    }
    return undefined;
  }

  async function startAndStop(): Promise<void> {
    const token = devices.starts.access;
    const headers = { 'Idempotency-Key': randomUUID() };
    const started = await insist('/relay/start', { token, body: {}, headers });
    if (!started) return;
    const { session_id } = started.body.session;
    report.started.push(session_id);
    if (await insist('/relay/stop', { token, body: { session_id } }, true)) report.stopped.push(session_id);
  }

  async function beat(): Promise<void> {
    const { session_id, instance_id } = devices.relay;
    const body = { session_id, instance_id };
    if (await insist('/relay/health', { token: devices.beats.access, body })) report.heartbeats += 1;
  }

  let refreshToken = devices.refreshes.refresh;
  async function refresh(): Promise<void> {
    const answer = await insist('/auth/refresh', { body: { refresh_token: refreshToken } });
    if (!answer) return;
    refreshToken = answer.body.auth.refresh_token;
    report.refreshes += 1;
  }

  const lanes = [startAndStop, beat, refresh].map(async (work) => {
    try {
      while (!isOver) await work();
    } catch (error) {
      report.faults.push(`${work.name}: ${error}`);
    }
  });
  const done = () => [report.stopped.length, report.heartbeats, report.refreshes];
  return {
    progress: () => {
      const before = done();
      return eventually(
        () => {
          const hasMore = done().every((count, place) => count > (before[place] ?? 0));
          assert.ok(hasMore, `From ${before} to ${done()}: ${report.faults.slice(0, 3)}`);
        },
        { timeoutMs: PROGRESS_LIMIT_MS },
      );
    },
    async stop() {
      isOver = true;
      stopBy = performance.now() + STOP_LIMIT_MS;
      await Promise.all(lanes);
      return report;
    },
  };
}

/** Each relay that was started is on this host, some were stopped too, and no answer was amiss. */
export async function assertWorkThere({ started, stopped, faults }: WorkReport, host: MoveHost): Promise<void> {
  assert.deepEqual(faults, []);
  const rows = await host.cluster.query('select id from relay_sessions', 'telemy');
  const there = new Set(rows.map(({ id }) => id));
  assert.deepEqual(
    started.filter((id) => !there.has(id)),
    [],
  );
  assert.ok(stopped.length > 0);
}

/** A report in words. */
export const describeWork = ({ started, stopped, heartbeats, refreshes }: WorkReport): string =>
  `${started.length} relays started, ${stopped.length} stopped, ${heartbeats} heartbeats, ${refreshes} refreshes`;
