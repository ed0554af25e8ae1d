import cluster from 'node:cluster';
import type { ListenAddress } from '../config.ts';
import type { Readiness } from '../http/admin-app.ts';
import type { Counted } from '../observability/metrics.ts';

/** What the primary process may ask of another one, and what it is told. */
export interface Answers {
  readiness: Readiness;
  metrics: Counted;
  /** That it takes no new connections from then on. */
  refusal: true;
}

/** From the primary process to another one. */
export type Order = { kind: 'end' } | { kind: 'ask'; id: number; what: keyof Answers };

/** From another process to the primary one. */
export type Report =
  | { kind: 'ready'; url: string | undefined }
  /** Why it is about to end with 1. */
  | { kind: 'failed'; why: string }
  | { kind: 'answer'; id: number; value: Answers[keyof Answers] };

/** What a process has to know before it starts. */
export interface Task {
  /** Whether it brings the schema up to date first. */
  migrates: boolean;
  /** Where the primary process serves operators. */
  admin: { url: string; port: number };
  /** Where the API listens. */
  listen: ListenAddress;
}

/** Names the task in the environment of a process that was forked. */
export const TASK_VARIABLE = 'TELEMY_PROCESS_TASK';

/** Whether the primary process has started this one. */
export function isForked(env: NodeJS.ProcessEnv): boolean {
  return cluster.isWorker && env[TASK_VARIABLE] !== undefined;
}
