import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `check` until it doesn't throw, and answers what it answered.
 *
 * @throws the last error of `check`, once `timeoutMs` (default 5,000) are over.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 5_000, intervalMs = 10 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(intervalMs);
    }
  }
}
