import type { Clock } from '../../clock.ts';
import { BackupDamagedError } from './backup-error.ts';
import { findBackup, writeJson } from './backups.ts';
import { assertFigures, loadDump } from './load-dump.ts';
import { type BackupManifest, type Verification, verificationFile } from './manifest.ts';
import { openBackup } from './open-backup.ts';
import { findPostgresTools } from './postgres-tools.ts';
import { withScratchCluster } from './scratch-cluster.ts';
import { withScratchDatabase } from './scratch-database.ts';
import type { BackupSettings } from './settings.ts';
import { connectFor } from './snapshot.ts';
import type { BackupStorage } from './storage.ts';

export interface VerifyOptions {
  settings: BackupSettings;
  storage: BackupStorage;
  clock: Clock;
  /** Default: the newest. */
  name?: string | undefined;
  /** A server to make the scratch database on; default: a server of its own, which needs PostgreSQL's server programs. */
  against?: string | undefined;
  signal?: AbortSignal | undefined;
  say?: (text: string) => void;
}

/**
 * Proves that a backup can be restored: its checksums, then its content in a database made for this, against what the
 * manifest counted. The result is kept beside the backup.
 *
 * @throws BackupDamagedError; BackupError and PostgresToolsMissingError where it can't be tried here.
 */
export async function verifyBackup(options: VerifyOptions): Promise<BackupManifest> {
  const { storage, clock, name } = options;
  const { manifest } = await findBackup(storage, name);
  const keep = (ok: boolean, detail: string): Promise<void> => {
    const result: Verification = { verified_at: clock.now().toISOString(), ok, detail };
    return writeJson(storage, verificationFile(manifest.name), result);
  };
  try {
    await tryRestoring(manifest, options);
  } catch (error) {
    if (error instanceof BackupDamagedError) await keep(false, error.message);
    throw error;
  }
  await keep(true, 'restored and counted');
  return manifest;
}

async function tryRestoring(manifest: BackupManifest, options: VerifyOptions): Promise<void> {
  const { settings, storage, against, signal, say = () => undefined } = options;
  const binDir = settings.pgBinDir;
  const atLeast = restorableFrom(manifest);
  const tools = await findPostgresTools({ tools: ['pg_restore'], atLeast, binDir });
  say('Checking the checksums …');
  const dump = await openBackup(storage, manifest, settings.identityFile, signal);
  say('Restoring into a scratch database …');
  const load = async (url: string): Promise<void> => {
    await loadDump(await dump(), { pgRestore: tools.path('pg_restore'), url, signal });
    say('Comparing …');
    const client = await connectFor(url);
    try {
      await assertFigures(client, manifest);
    } finally {
      await client.end();
    }
  };
  await (against === undefined
    ? withScratchCluster({ atLeast: tools.major, binDir, signal, say }, load)
    : withScratchDatabase(against, load));
}

/** The lowest major version that reads such a dump: that of the pg_dump that wrote it. */
export function restorableFrom({ client_version }: BackupManifest): number {
  return Number.parseInt(client_version, 10);
}
