import { resolve } from 'node:path';
import { type Config, loadConfig } from './config.ts';
import { openEmbeddedDatabase } from './database/embedded/index.ts';
import type { DatabaseUrls } from './database/pools.ts';
import { withDevelopmentSecrets } from './development-secrets.ts';

/** What every command starts from. */
export interface Boot extends DatabaseUrls {
  config: Config;
  /** Where the embedded database lies; undefined with a DATABASE_URL. */
  embeddedAt: string | undefined;
  /** Lets go of the database; the last one to do so ends an embedded one. */
  release(): Promise<void>;
}

/**
 * Reads the configuration and finds the database, the embedded one by default.
 *
 * @param say hears notes for the person at the screen.
 * @throws ConfigError that lists every fault.
 */
export async function boot(env: NodeJS.ProcessEnv, say: (text: string) => void): Promise<Boot> {
  const config = bootConfig(env);
  if (config.databaseUrl !== undefined) {
    const { databaseUrl, databaseDirectUrl: directUrl = databaseUrl } = config;
    return { config, databaseUrl, directUrl, embeddedAt: undefined, release: async () => {} };
  }
  if (config.environment === 'production') say('No DATABASE_URL: the embedded database is meant for development.');
  const embedded = await openEmbeddedDatabase({ dataDir: config.dataDir, onMessage: say });
  const { url, location } = embedded;
  return { config, databaseUrl: url, directUrl: url, embeddedAt: location, release: () => embedded.release() };
}

/**
 * The configuration alone, for what works without the database.
 *
 * @throws ConfigError that lists every fault.
 */
export function bootConfig(env: NodeJS.ProcessEnv): Config {
  return loadConfig(withDevelopmentSecrets(env, resolve(env.DATA_DIR || './.data')));
}
