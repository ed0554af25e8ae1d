import { pipeline, type Readable, type Transform } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { BackupError } from './backup-error.ts';
import { readNewest, writeJson } from './backups.ts';
import { createDigest } from './digest.ts';
import { encryptFor } from './encryption.ts';
import { type BackupManifest, dataFile, manifestFile, newBackupName } from './manifest.ts';
import { PostgresToolError, runPostgresTool } from './postgres-run.ts';
import { findPostgresTools, type PostgresTools } from './postgres-tools.ts';
import type { BackupSettings } from './settings.ts';
import { asOnlyBackup, type Snapshot, withSnapshot } from './snapshot.ts';
import type { BackupStorage } from './storage.ts';

export interface CreateOptions {
  settings: BackupSettings;
  storage: BackupStorage;
  /** Leads to PostgreSQL itself, not to a pooler. */
  url: string;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Hears what is being done, for people. */
  say?: (text: string) => void;
  /** Asked once no other backup can be made any more; false: none is needed, and none is made. */
  isNeeded?: () => Promise<boolean>;
}

/** Longest time of a dump, in milliseconds: 12 hours. */
const DUMP_LIMIT_MS = 12 * 3_600_000;
/** A new backup may be larger than the one before, by this factor. */
const GROWTH = 1.5;
const PROGRESS_EVERY_MS = 2_000;

/**
 * Makes a backup of the database: one snapshot, dumped, encrypted and stored as it streams, the manifest last.
 *
 * @returns the manifest; undefined where `isNeeded` said no.
 * @throws BackupError, BackupUnderWayError, PostgresToolsMissingError, PostgresToolError; nothing is left behind then.
 */
export async function createBackup(options: CreateOptions): Promise<BackupManifest | undefined> {
  const { settings, storage, url, isNeeded, say } = options;
  if (settings.encryption === 'undecided') {
    throw new BackupError(
      'Set BACKUP_AGE_RECIPIENTS to the age recipients that backups are encrypted for (`age-keygen` makes one), ' +
        'or say that they need none: BACKUP_ENCRYPTION=none.',
    );
  }
  return asOnlyBackup(url, async (client) => {
    if (isNeeded && !(await isNeeded())) return undefined;
    say?.('Counting rows …');
    const startedAt = options.clock.now();
    return withSnapshot(client, async (snapshot) => {
      const { pgBinDir: binDir } = settings;
      const tools = await findPostgresTools({ tools: ['pg_dump'], atLeast: snapshot.serverMajor, binDir });
      await assertSpace(storage, snapshot.databaseBytes);
      return storeBackup(options, { startedAt, ...snapshot }, tools);
    });
  });
}

async function storeBackup(
  options: CreateOptions,
  snapshot: Snapshot & { startedAt: Date },
  tools: PostgresTools,
): Promise<BackupManifest> {
  const { settings, storage, clock } = options;
  const { startedAt } = snapshot;
  const name = newBackupName(startedAt);
  const encryption = settings.encryption === 'age' ? 'age' : 'none';
  const file = dataFile(name, encryption);
  try {
    const { plain, stored } = await dumpInto(file, options, snapshot, tools);
    const manifest: BackupManifest = {
      format: 1,
      name,
      started_at: startedAt.toISOString(),
      finished_at: clock.now().toISOString(),
      encryption,
      server_version: snapshot.serverVersion,
      client_version: tools.version,
      schema_version: snapshot.schemaVersion,
      database_bytes: snapshot.databaseBytes,
      plain,
      stored: { file, ...stored },
      tables: snapshot.tables,
      ledger: snapshot.ledger,
    };
    await writeJson(storage, manifestFile(name), manifest);
    return manifest;
  } catch (error) {
    // What can't be removed now has no manifest, so nobody takes it for a backup.
    await storage.remove(file).catch(() => undefined);
    throw error;
  }
}

async function dumpInto(file: string, options: CreateOptions, snapshot: Snapshot, tools: PostgresTools) {
  const { settings, storage, url, say } = options;
  const plain = createDigest(say && reporter(say));
  const stored = createDigest();
  const stopped = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopped.signal]) : stopped.signal;
  const dumping = runPostgresTool(
    tools.path('pg_dump'),
    ['--format=custom', `--snapshot=${snapshot.id}`, '--no-password'],
    { url, output: plain.stream, timeoutMs: DUMP_LIMIT_MS, signal },
  );
  const storing = (async () => {
    const content = settings.encryption === 'age' ? await encryptFor(settings.recipients, plain.stream) : plain.stream;
    await storage.write(file, chain(content, stored.stream));
  })();
  // A storage that fails must end pg_dump.
  const [dumped, kept] = await Promise.allSettled([
    dumping,
    storing.catch((error) => {
      stopped.abort(error);
      plain.stream.destroy();
      throw error;
    }),
  ]);
  options.signal?.throwIfAborted();
  // Each one's failure breaks the stream of the other: the cause is pg_dump's own fault, else the storage's.
  const reasons = [dumped, kept].flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const cause = reasons.find((reason) => reason instanceof PostgresToolError) ?? reasons.at(-1);
  if (cause !== undefined) throw cause;
  return { plain: plain.result(), stored: stored.result() };
}

/** Passes one stream through the other; if the first breaks, so does the second, which tells the error. */
function chain(from: Readable, to: Transform): Readable {
  pipeline(from, to, () => undefined);
  return to;
}

async function assertSpace(storage: BackupStorage, databaseBytes: number): Promise<void> {
  const free = await storage.freeBytes();
  if (free === undefined) return;
  const newest = await readNewest(storage);
  const needed = newest ? newest.manifest.stored.bytes * GROWTH : databaseBytes;
  if (free >= needed) return;
  throw new BackupError(
    `${storage.place} has ${toMegabytes(free)} MB free, and a backup may need ${toMegabytes(needed)} MB. ` +
      'Make room (npm run backup -- prune), or set BACKUP_DIR to another disk.',
  );
}

function reporter(say: (text: string) => void): (bytes: number) => void {
  let next = 0;
  return (bytes) => {
    if (performance.now() < next) return;
    next = performance.now() + PROGRESS_EVERY_MS;
    say(`Dumping … ${toMegabytes(bytes)} MB`);
  };
}

const toMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
