import { type Boot, boot } from './boot.ts';
import { type Config, ConfigError } from './config.ts';
import { connectDatabase } from './database/connect.ts';
import { isDatabaseUnavailable, SchemaMismatchError } from './database/errors.ts';
import { migrateDatabase } from './database/migrate.ts';
import { readSchemaState } from './database/schema-state.ts';
import { onEndSignal } from './end-signal.ts';
import type { Role } from './features/relay/index.ts';
import { createBoss, startBoss } from './jobs/job-queue.ts';
import { releaseStartMemory } from './release-start-memory.ts';
import { type Service, startService } from './service.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Runs the given parts until SIGTERM or SIGINT, then drains. A second signal, later on, ends the process at once. */
export async function serve(roles: readonly Role[]): Promise<void> {
  // Listened for from the beginning: the embedded database must be let go of even if the start is broken off.
  const asked = Promise.withResolvers<void>();
  onEndSignal((signal) => {
    say(`${signal}: finishing what is under way …`);
    asked.resolve();
  });
  const booted = await bootOrExit();
  const { config, databaseUrl, directUrl } = booted;
  let service: Service;
  try {
    service = await startService({ config, roles, databaseUrl, directUrl });
    await releaseStartMemory();
  } catch (error) {
    say(`The start failed: ${explain(error)}`);
    await booted.release();
    process.exit(1);
  }
  sayWhereThingsAre(service, booted);

  await asked.promise;
  try {
    await service.stop();
    await booted.release();
  } catch (error) {
    say(`The end was not clean: ${(error as Error).message}`);
    process.exit(1);
  }
  process.exit(0);
}

/** Brings the schema up to date, the job queue's included, and says what was done. */
export async function migrate(): Promise<void> {
  const { directUrl: url, release } = await bootOrExit();
  try {
    const applied = await migrateDatabase(url);
    const database = connectDatabase({ url, applicationName: 'telemy-migrate', poolSize: 2, queryTimeoutMs: 0 });
    const boss = createBoss(database, { supervise: false, onError: (error) => say(error.message) });
    await startBoss(boss, database);
    await boss.stop({ graceful: false, close: false });
    const { unknown } = await readSchemaState(database);
    await database.destroy();
    if (applied.length > 0) say(`Applied: ${applied.join(', ')}`);
    else if (unknown.length === 0) say('The schema is up to date.');
    else
      say(`The schema is of a later release (${unknown.join(', ')}). It stays as it is, and this release can use it.`);
  } catch (error) {
    say(`The migration failed: ${explain(error)}`);
    process.exitCode = 1;
  } finally {
    await release();
  }
}

/** What went wrong, and what to do where that is known. */
function explain(error: unknown): string {
  const { code, port, stack, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return `port ${port} is taken, perhaps by another server of yours. Set LISTEN_ADDR and ADMIN_LISTEN_ADDR to others.`;
  }
  if (code === 'EACCES') return `port ${port} is not allowed for this user. Set LISTEN_ADDR to one above 1023.`;
  if (isDatabaseUnavailable(error))
    return `the database cannot be reached (${message || code}). Is DATABASE_URL right?`;
  return error instanceof SchemaMismatchError ? message : (stack ?? String(error));
}

async function bootOrExit(): Promise<Boot> {
  try {
    return await boot(process.env, say);
  } catch (error) {
    say(error instanceof ConfigError ? error.message : `The start failed: ${explain(error)}`);
    process.exit(1);
  }
}

function sayWhereThingsAre({ app, seller, identity }: Service, { embeddedAt, config }: Boot): void {
  const lines = [
    '',
    'Telemy control plane is up.',
    ...(app.url ? [`  API          ${app.url}/api/v1   (contract: ${app.url}/openapi.json)`] : []),
    `  Admin        ${app.adminUrl}   (/metrics, /readyz${config.environment === 'production' ? '' : ', /dev/clock, /dev/faults'})`,
    `  Database     ${embeddedAt ? `embedded PostgreSQL in ${embeddedAt}` : 'DATABASE_URL'}`,
    `  Data folder  ${config.dataDir}`,
    `  Relays       ${config.relay.provider}, regions ${config.relay.supportedRegions.join(', ')}`,
    `  Sign-in      ${identity ? `a development provider at ${identity.url}: everyone is the demo user` : nameProvider(config)}`,
    `  Seller       ${seller ? `a stand-in at ${seller.url}; nothing is charged` : nameSeller(config)}`,
  ];
  const hints = [
    '',
    'Try:',
    `  curl -s ${app.url}/api/v1/auth/plugin/login/start -H 'Content-Type: application/json' \\`,
    `    -d '{"client":{"platform":"windows","plugin_version":"0.0.5","device_name":"STREAM-PC"}}'`,
    `  open ${app.url}/account (your devices, plan and Time Bank, in a browser)`,
    '  npm run demo            (in another terminal: signs in, starts a relay, streams, stops)',
    ...(seller ? ['  npm run demo -- billing (buys a plan at the stand-in, uses it, cancels it)'] : []),
    '',
  ];
  say([...lines, ...(app.url ? hints : [''])].join('\n'));
}

function nameProvider({ oidc }: Config): string {
  return oidc ? oidc.issuer : 'none: only operators can complete logins';
}

function nameSeller({ billing: { seller, mode } }: Config): string {
  return seller ? `LemonSqueezy at ${seller.baseUrl}, ${mode} mode` : 'none: nothing can be bought';
}
