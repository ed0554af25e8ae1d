import cluster, { type Worker } from 'node:cluster';
import type { App } from '../app.ts';
import type { ListenAddress } from '../config.ts';
import { onEndSignal } from '../end-signal.ts';
import type { startServer } from '../http/server.ts';
import { readCounted } from '../observability/metrics.ts';
import { explainStart, say } from '../start-faults.ts';
import { type Answers, type Order, type Report, TASK_VARIABLE, type Task } from './messages.ts';

/** What a process that was forked starts its part of the service with. */
export interface ChildParts {
  migrates: boolean;
  /** Opens nothing: the primary process serves the operators. */
  openAdmin: typeof startServer;
  /** In place of what the configuration says. */
  listen: ListenAddress;
}

/** How long after a signal this process ends by itself, unless the primary one says so before; milliseconds. */
const OWN_SIGNAL_MS = 500;

/**
 * Runs a part of the service in a process that was forked, until the primary one or a signal says to end, then drains.
 * Ends at once when the primary process is gone.
 */
export async function runChild(
  env: NodeJS.ProcessEnv,
  start: (parts: ChildParts) => Promise<{ app: App; stop(): Promise<void> }>,
): Promise<void> {
  const self = cluster.worker as Worker;
  const { migrates, admin, listen }: Task = JSON.parse(env[TASK_VARIABLE] as string);
  const asked = Promise.withResolvers<void>();
  // What reaches all processes at once, as Ctrl-C does, is the primary one's to carry out.
  onEndSignal(() => void setTimeout(asked.resolve, OWN_SIGNAL_MS));
  self.once('disconnect', () => {
    say(`Process ${process.pid} ends, because the primary one is gone.`);
    process.exit(1);
  });
  // Without a primary process there is nobody to tell, and `disconnect` has been heard.
  const report = (told: Report) => new Promise<void>((resolve) => void self.send(told, () => resolve()));
  const fail = async (why: string): Promise<never> => {
    await report({ kind: 'failed', why });
    process.exit(1);
  };

  const openAdmin = async () => ({ ...admin, refuse: () => undefined, drain: async () => undefined });
  const service = await start({ migrates, openAdmin, listen }).catch((error) => fail(explainStart(error)));
  self.on('message', async (order: Order) => {
    if (order.kind === 'end') return asked.resolve();
    await report({ kind: 'answer', id: order.id, value: await answer(service.app, order.what) });
  });
  await report({ kind: 'ready', url: service.app.url });

  await asked.promise;
  await service.stop().catch((error) => fail(`The end was not clean: ${(error as Error).message}`));
  process.exit(0);
}

async function answer(app: App, what: keyof Answers): Promise<Answers[keyof Answers]> {
  if (what === 'metrics') return readCounted(app.metrics);
  if (what === 'readiness') return app.readiness();
  app.refuse();
  return true;
}
