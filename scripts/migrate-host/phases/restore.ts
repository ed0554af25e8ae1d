import { availableParallelism } from 'node:os';
import { listTables } from '../../../src/database/backup/database-figures.ts';
import { runPostgresTool } from '../../../src/database/backup/postgres-run.ts';
import { findPostgresTools } from '../../../src/database/backup/postgres-tools.ts';
import { pauseFleetOf } from '../../../src/features/relay/fleet-control.ts';
import { placeOf } from '../config.ts';
import { closeForWrites, emptyDatabase, servicesAt, withClient, writableUrl } from '../database.ts';
import { assertDumpWhole, dumpFile, readDumpNote } from '../dump-files.ts';
import { MoveError } from '../move-error.ts';
import type { Phase } from '../phase.ts';

const LIMIT_MS = 12 * 3_600_000;

/** The new database becomes what the dump is, and stays read-only. */
export const restore: Phase = {
  description: 'restore the dump into the new database, which stays read-only, and pause its fleet',
  changes: true,
  async preview({ config }) {
    const tables = await withClient(config.new.databaseUrl, listTables);
    const where = placeOf(config.new.databaseUrl);
    const now = tables.length === 0 ? 'empty' : `${tables.length} tables of an earlier restore, which go`;
    const { bytes } = readDumpNote(config.workDir);
    return [
      { step: 'restore', where, now, becomes: `${bytes} bytes, owned by ${config.role}` },
      { step: 'fleet', where, now: '', becomes: 'only reports' },
    ];
  },
  async run({ config, say }) {
    const { databaseUrl } = config.new;
    const worker = (await servicesAt(databaseUrl)).find((name) => name.includes('worker'));
    if (worker) throw new MoveError(`Stop the worker of the new host first (${worker}): one host writes at a time.`);
    // Whoever is connected would be in the way of what is dropped and made.
    await closeForWrites(databaseUrl);
    say('Checking the checksum …');
    const { major, sha256 } = await assertDumpWhole(config.workDir);
    // The journal lets this phase run only into a database that was empty when it was prepared.
    await emptyDatabase(databaseUrl);
    const tools = await findPostgresTools({ tools: ['pg_restore'], atLeast: major, binDir: config.pgBinDir });
    const url = writableUrl(databaseUrl);
    const jobs = Math.max(2, availableParallelism());
    const args = [
      '--no-owner',
      '--no-acl',
      `--role=${config.role}`,
      '--exit-on-error',
      `--jobs=${jobs}`,
      '--no-password',
    ];
    say('Restoring …');
    await runPostgresTool(tools.path('pg_restore'), [...args, '--dbname=', dumpFile(config.workDir)], {
      url,
      timeoutMs: LIMIT_MS,
    });
    await withClient(url, (client) => client.query('analyze'));
    await pauseFleetOf(url, 'moved from another host');
    return {
      restored: true,
      sha256,
      jobs,
      fleet: 'only reports',
      next: 'start the API alone on the new host: npm start -- api',
    };
  },
};
