import type { App, AppOptions } from './app.ts';
import { createAdminApp, type DevelopmentSwitches, type Readiness } from './http/admin-app.ts';
import { type RunningServer, startServer } from './http/server.ts';
import type { WorkerDeps } from './jobs/worker.ts';
import { readAsText } from './observability/metrics.ts';

type Parts = Pick<App, 'provider' | 'worker' | 'advanceClock'> & Pick<AppOptions, 'reset' | 'openAdmin'>;

/** Opens the server for operators and for development. */
export function startAdmin(core: WorkerDeps, parts: Parts): Promise<RunningServer> {
  const { config, metrics, logger } = core;
  const { openAdmin = startServer } = parts;
  const app = createAdminApp({
    readiness: () => checkReadiness(core),
    scrape: () => readAsText(metrics),
    switches: config.environment === 'production' ? undefined : createSwitches(core, parts),
    logger,
  });
  return openAdmin(app.callback(), config.adminListen);
}

/** Whether the application has what it needs to do its work. */
export async function checkReadiness({
  database,
  listener,
}: Pick<WorkerDeps, 'database' | 'listener'>): Promise<Readiness> {
  const answers = database.raw('select 1').then(
    () => 'ok',
    (error) => String((error as Error).message ?? error),
  );
  return { database: await answers, listener: listener.connected ? 'ok' : 'not connected' };
}

function createSwitches({ clock }: WorkerDeps, { provider, worker, advanceClock, reset }: Parts): DevelopmentSwitches {
  return {
    now: () => clock.now(),
    async advanceClock(seconds) {
      const now = await advanceClock(seconds);
      await worker?.enforceDeadlines();
      // The relays live in the same time; otherwise all they say would be late.
      await provider.syncClock();
      return now;
    },
    readFaults: () => provider.faults.get(),
    setFaults: (faults) => provider.faults.set(faults),
    async resetFaults() {
      await provider.faults.reset();
      return provider.faults.get();
    },
    reset,
  };
}
