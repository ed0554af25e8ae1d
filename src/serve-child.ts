import { boot } from './boot.ts';
import { runChild } from './cluster/child.ts';
import { collectGarbage } from './collect-garbage.ts';
import { migrateDatabase } from './database/migrate.ts';
import type { Role } from './features/relay/index.ts';
import { createLogger } from './observability/logger.ts';
import { startService } from './service.ts';
import { say } from './start-faults.ts';

/** Runs the given part as one of several processes. */
export function serveAsChild(roles: readonly Role[]): Promise<void> {
  return runChild(process.env, async ({ migrates, openAdmin, listen }) => {
    const { config: common, databaseUrl, directUrl } = await boot(process.env, say);
    const config = { ...common, listen };
    if (migrates) await migrateDatabase(directUrl);
    const logger = createLogger({ level: config.logLevel, isOneOfMany: true });
    const service = await startService({ config, roles, databaseUrl, directUrl, logger, openAdmin });
    await collectGarbage();
    return service;
  });
}
