import { BackupError } from './backup-error.ts';
import { findBackup } from './backups.ts';
import { listTables } from './database-figures.ts';
import { assertFigures, loadDump } from './load-dump.ts';
import type { BackupManifest } from './manifest.ts';
import { openBackup } from './open-backup.ts';
import { findPostgresTools } from './postgres-tools.ts';
import type { BackupSettings } from './settings.ts';
import { connectFor } from './snapshot.ts';
import type { BackupStorage } from './storage.ts';
import { restorableFrom } from './verify.ts';

export interface RestoreOptions {
  settings: BackupSettings;
  storage: BackupStorage;
  name: string;
  /** The database to restore into; it has to be there and empty. */
  url: string;
  signal?: AbortSignal | undefined;
  say?: (text: string) => void;
}

/**
 * Restores a backup into an empty database and compares what is there with the manifest.
 *
 * @throws BackupError for a database that isn't empty; BackupDamagedError, PostgresToolsMissingError, PostgresToolError.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const { settings, storage, name, url, signal, say } = options;
  const { manifest } = await findBackup(storage, name);
  const client = await connectFor(url);
  try {
    const [table] = await listTables(client);
    if (table) {
      throw new BackupError(
        `The database to restore into isn't empty: it has the table ${table.schema}.${table.name}. ` +
          'Make a new one (createdb) and name that with --to.',
      );
    }
    const tools = await findPostgresTools({
      tools: ['pg_restore'],
      atLeast: restorableFrom(manifest),
      binDir: settings.pgBinDir,
    });
    say?.('Checking the checksums …');
    const dump = await openBackup(storage, manifest, settings.identityFile, signal);
    say?.('Restoring …');
    await loadDump(await dump(), { pgRestore: tools.path('pg_restore'), url, signal });
    say?.('Comparing …');
    await assertFigures(client, manifest);
    return manifest;
  } finally {
    await client.end().catch(() => undefined);
  }
}
