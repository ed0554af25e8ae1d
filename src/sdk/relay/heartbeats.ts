import type { RelayHealthNoted } from '../../../generated/sdk/types.gen.ts';
import type { Timers } from '../timers.ts';
import { heartbeatDelayMs } from './backoff.ts';
import { type RelayError, toRelayError } from './relay-error.ts';
import { wait } from './wait.ts';

export interface HeartbeatDeps {
  timers: Timers;
  send(signal: AbortSignal): Promise<RelayHealthNoted>;
  onAccepted(noted: RelayHealthNoted): void;
  onFailed(error: RelayError): void;
}

/**
 * Sends heartbeats for one relay, the first at once and then every 30 s of real waiting, until the signal is aborted or
 * one is answered 404, which is final. Failures are repeated as the OBS plugin does. Never rejects.
 */
export async function sendHeartbeats(deps: HeartbeatDeps, signal: AbortSignal): Promise<void> {
  const { timers } = deps;
  let failures = 0;
  while (!signal.aborted) {
    let retryAfterMs = 0;
    try {
      const noted = await deps.send(signal);
      if (signal.aborted) return;
      failures = 0;
      deps.onAccepted(noted);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toRelayError(thrown);
      failures += 1;
      retryAfterMs = (error.retryAfter ?? 0) * 1_000;
      deps.onFailed(error);
      if (error.status === 404) return;
    }
    await wait(timers, Math.max(heartbeatDelayMs(failures), retryAfterMs), signal);
  }
}
