import { availableParallelism } from 'node:os';
import type { z } from 'zod';

/** More would only wait for each other, and take all the connections that PostgreSQL has. */
const MOST_PROCESSES = 64;

/** How many processes WEB_CONCURRENCY asks for; undefined for what says no number. Absent or empty is 1. */
export function countProcesses(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 1;
  if (text === 'auto') return Math.min(availableParallelism(), MOST_PROCESSES);
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_PROCESSES ? count : undefined;
}

/** The variable as the configuration reads it. */
export function parseProcesses(text: string, ctx: z.RefinementCtx): number {
  const count = countProcesses(text);
  if (count !== undefined) return count;
  ctx.addIssue({ code: 'custom', message: `must be a number from 1 to ${MOST_PROCESSES}, or auto` });
  return 0;
}

/** What speaks against that many processes. */
export function processFaults(environment: string | undefined, count: number | undefined): string[] {
  return environment === 'development' && count !== undefined && count > 1
    ? [
        'WEB_CONCURRENCY must be 1 in development, where the clock that can be moved and the stand-ins are of one process',
      ]
    : [];
}
