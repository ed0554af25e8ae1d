/**
 * The API as a process of its own, as `node src/main.ts api` runs it in production, but on loopback (LISTEN_ADDR;
 * default: a free port) and without rate limits, which production refuses to be without. Takes the service's variables: DATABASE_URL and the
 * secrets. With `--unvalidated` nothing is held against the contract, with `--uncached` each read asks the database, with
 * `--unprepared` no statement is prepared; with `--profile FILE` V8 takes samples from SIGUSR2 on. With WEB_CONCURRENCY above
 * 1 there are so many processes, as `src/main.ts` runs them.
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { type App, type AppOptions, startApp } from '../../../src/app.ts';
import { runChild } from '../../../src/cluster/child.ts';
import { isForked } from '../../../src/cluster/messages.ts';
import { startPrimary } from '../../../src/cluster/primary.ts';
import { loadConfig } from '../../../src/config.ts';
import { onEndSignal } from '../../../src/end-signal.ts';

const { values } = parseArgs({
  options: {
    unvalidated: { type: 'boolean', default: false },
    uncached: { type: 'boolean', default: false },
    unprepared: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const config = loadConfig({
  LOG_LEVEL: 'warn',
  LISTEN_ADDR: '127.0.0.1:0',
  ADMIN_LISTEN_ADDR: '127.0.0.1:0',
  // Nobody signs in here, but production refuses to start without a place to.
  PUBLIC_BASE_URL: 'https://telemy.example',
  OIDC_ISSUER: 'https://identity.example',
  OIDC_CLIENT_ID: 'bench',
  OIDC_CLIENT_SECRET: 'bench',
  ...process.env,
  NODE_ENV: 'production',
  ...(values.uncached ? { READ_CACHE: 'off' } : {}),
});
if (config.databaseUrl === undefined) throw new Error('Set DATABASE_URL to a database that has been migrated.');
const { databaseUrl } = config;
const start = (more: Partial<AppOptions> = {}): Promise<App> =>
  startApp({
    config: { ...config, rateLimitFactor: 0 },
    roles: ['api'],
    databaseUrl,
    validates: !values.unvalidated,
    prepares: !values.unprepared,
    ...more,
  });
const sayWhere = ({ url, adminUrl }: Pick<App, 'url' | 'adminUrl'>): void =>
  console.error(`  API  ${url}\n  Admin  ${adminUrl}`);

if (isForked(process.env)) {
  await runChild(process.env, async ({ openAdmin, listen }) => {
    const app = await start({ config: { ...config, rateLimitFactor: 0, listen }, openAdmin });
    return { app, stop: () => app.stop() };
  });
} else if (config.processes > 1) {
  const primary = await startPrimary({ config, roles: ['api'], argsOf: () => process.argv.slice(2), env: {} });
  sayWhere(primary);
  onEndSignal(async () => process.exit((await primary.end()) ? 0 : 1));
} else {
  await serveOne(await start(), values.profile);
}

async function serveOne(app: App, profileFile: string | undefined): Promise<void> {
  const inspector = new Session();
  process.once('SIGUSR2', async () => {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.start');
  });
  sayWhere(app);
  onEndSignal(async () => {
    if (profileFile !== undefined) {
      const { profile } = await inspector.post('Profiler.stop');
      await writeFile(profileFile, JSON.stringify(profile));
    }
    await app.stop();
    process.exit(0);
  });
}
