import { constants } from 'node:os';

/** Has Ctrl-C and the like end this process with what `close` does first, once, however often they come. */
export function endOnSignals(close: () => Promise<void>): void {
  let isEnding = false;
  const end = async (signal: NodeJS.Signals) => {
    if (isEnding) return;
    isEnding = true;
    await close().catch((error) => console.error(error));
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
}
