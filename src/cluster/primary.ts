import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from '../config.ts';
import type { Role } from '../features/relay/alive-marks.ts';
import { createAdminApp } from '../http/admin-app.ts';
import { startServer } from '../http/server.ts';
import { createLogger } from '../observability/logger.ts';
import { claimAddress } from './claim-address.ts';
import { fork } from './forked.ts';
import { TASK_VARIABLE, type Task } from './messages.ts';
import { sumMetrics } from './sum-metrics.ts';
import { createSupervisor } from './supervisor.ts';

export interface PrimaryOptions {
  config: Config;
  roles: readonly Role[];
  /** What this program is called with to run one of them. */
  argsOf(role: Role): string[];
  /** Variables of all processes, on top of this one's own. */
  env: Record<string, string>;
}

/** The service in several processes. */
export interface Primary {
  url: string | undefined;
  adminUrl: string;
  /** Ends all of it. Returns true if everything that was under way was finished. */
  end(): Promise<boolean>;
}

/**
 * Runs the API in as many processes as are wanted, and the worker in one. This process only serves the
 * operators, and replaces what has ended.
 *
 * @throws StartError, or what opening the admin server throws; nothing is left running then.
 */
export async function startPrimary({ config, roles, argsOf, env }: PrimaryOptions): Promise<Primary> {
  const logger = createLogger({ level: config.logLevel, isOneOfMany: true });
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  const isWhole = roles.length > 1;
  // First of all: a taken port is found before anything else has begun.
  const listen = await claimAddress(config.listen);
  const supervisor = createSupervisor({
    // The worker goes first: it brings the schema up to date, which the others only look at.
    groups: [...(isWhole ? [['worker'] as const] : []), Array.from({ length: config.processes }, () => 'api' as const)],
    fork(role) {
      const { url, port } = admin;
      const task: Task = { migrates: isWhole && role === 'worker', admin: { url, port }, listen };
      return fork(role, argsOf(role), { ...env, [TASK_VARIABLE]: JSON.stringify(task) });
    },
    logger,
  });
  const answer = createAdminApp({
    readiness: () => supervisor.readiness(),
    async scrape() {
      const sum = sumMetrics([await own.getMetricsAsJSON(), ...(await supervisor.counted())]);
      return { contentType: sum.contentType, text: await sum.metrics() };
    },
    // Each process has a clock of its own.
    switches: undefined,
    logger,
  }).callback();
  const admin = await startServer(answer, config.adminListen);
  try {
    return {
      url: await supervisor.start(),
      adminUrl: admin.url,
      async end() {
        const isClean = await supervisor.end();
        await admin.drain(0);
        return isClean;
      },
    };
  } catch (error) {
    await admin.drain(0);
    throw error;
  }
}
