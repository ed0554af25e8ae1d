import { type Boot, boot } from './boot.ts';
import { collectGarbage } from './collect-garbage.ts';
import { connectDatabase } from './database/connect.ts';
import { migrateDatabase } from './database/migrate.ts';
import { readSchemaState } from './database/schema-state.ts';
import { onEndSignal } from './end-signal.ts';
import type { Role } from './features/relay/index.ts';
import { createBoss, startBoss } from './jobs/job-queue.ts';
import { type Service, startService } from './service.ts';
import { explain, explainStart, say } from './start-faults.ts';
import { sayWhereThingsAre } from './where-things-are.ts';

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
    // A fifth of the memory is left over from the start, and V8 frees it only when a busy heap asks for more.
    await collectGarbage();
  } catch (error) {
    say(explainStart(error));
    await booted.release();
    process.exit(1);
  }
  const { app, seller, identity } = service;
  sayWhereThingsAre({ url: app.url, adminUrl: app.adminUrl, seller, identity }, booted);

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

async function bootOrExit(): Promise<Boot> {
  try {
    return await boot(process.env, say);
  } catch (error) {
    say(explainStart(error));
    process.exit(1);
  }
}
