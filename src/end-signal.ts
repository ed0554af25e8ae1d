/** Signals so soon after the first one are the same wish: Ctrl-C reaches a process by its terminal and by npm. */
const SAME_WISH_MS = 1000;

/** Calls `end` at the first SIGTERM or SIGINT. One that comes more than a second later ends the process at once, with 1. */
export function onEndSignal(end: (signal: NodeJS.Signals) => void): void {
  let firstAt: number | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      end(signal);
    } else if (performance.now() - firstAt > SAME_WISH_MS) {
      process.exit(1);
    }
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
}
