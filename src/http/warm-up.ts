import { setImmediate } from 'node:timers/promises';
import type { Logger } from '../observability/logger.ts';
import type { Contract } from './contract.ts';
import type { ResponseFaults } from './response-faults.ts';

export interface WarmUpOptions {
  contract: Pick<Contract, 'operations' | 'prepare'>;
  responseFaults: ResponseFaults;
  /** Ends it early. */
  signal: AbortSignal;
  logger: Logger;
}

/**
 * Compiles the validators of requests and of good answers before a first request would have to wait for that, one at a
 * time, with whatever else there is to do in between. Those of errors would take 15 MiB and are left for later. A failure
 * is logged: the first request that needs the validator fails by itself.
 */
export async function warmUp(options: WarmUpOptions): Promise<void> {
  try {
    await compileAll(options);
  } catch (err) {
    options.logger.error({ err }, 'warm_up_failed');
  }
}

async function compileAll({ contract, responseFaults, signal }: WarmUpOptions): Promise<void> {
  for (const operation of contract.operations) {
    await setImmediate();
    if (signal.aborted) return;
    contract.prepare(operation.operationId);
    for (const status of Object.keys(operation.responses).map(Number)) {
      if (status >= 400) continue;
      await setImmediate();
      if (signal.aborted) return;
      // What it finds in this answer, which nobody gave, is of no interest.
      responseFaults(operation, status, null, {});
    }
  }
}
