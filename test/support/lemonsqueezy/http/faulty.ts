import { setTimeout as wait } from 'node:timers/promises';
import { apiError } from '../json-api.ts';
import type { Faults } from '../options.ts';
import { refuse } from './api.ts';
import type { Handler } from './server.ts';

/** Lets API calls run into the faults of the moment instead of, or before, their answer. */
export function withFaults(handler: Handler, faultsNow: () => Faults): Handler {
  return async (request) => {
    const faults = faultsNow();
    if (faults.count === 0) return await handler(request);
    if (faults.count !== undefined) faults.count -= 1;
    const { status, delayMs, retryAfterSeconds = 60 } = faults;
    if (delayMs === 'hang') return null;
    if (delayMs !== undefined) await wait(delayMs);
    if (status === undefined) return await handler(request);
    const answer = refuse(apiError(status, 'A fault that was switched on.'));
    if (status === 429) answer.headers['Retry-After'] = String(retryAfterSeconds);
    return answer;
  };
}
