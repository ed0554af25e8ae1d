/**
 * The API as a process of its own, as `node src/main.ts api` runs it in production, but on loopback (LISTEN_ADDR;
 * default: a free port) and without rate limits, which production refuses to be without. Takes the service's variables: DATABASE_URL and the
 * secrets. With `--unvalidated` nothing is held against the contract, with `--uncached` each read asks the database, with
 * `--unprepared` no statement is prepared; with `--profile FILE` V8 takes samples from SIGUSR2 on.
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { startApp } from '../../../src/app.ts';
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
const app = await startApp({
  config: { ...config, rateLimitFactor: 0 },
  roles: ['api'],
  databaseUrl: config.databaseUrl,
  validates: !values.unvalidated,
  prepares: !values.unprepared,
});
const inspector = new Session();
process.once('SIGUSR2', async () => {
  inspector.connect();
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.start');
});
console.error(`  API  ${app.url}\n  Admin  ${app.adminUrl}`);
onEndSignal(async () => {
  if (values.profile !== undefined) {
    const { profile } = await inspector.post('Profiler.stop');
    await writeFile(values.profile, JSON.stringify(profile));
  }
  await app.stop();
  process.exit(0);
});
