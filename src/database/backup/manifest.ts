import { randomBytes } from 'node:crypto';
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);

const schema = z.object({
  format: z.literal(1),
  name: z.string(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  encryption: z.enum(['age', 'none']),
  /** PostgreSQL's version at the server, and that of pg_dump. */
  server_version: z.string(),
  client_version: z.string(),
  /** The newest migration that was applied. */
  schema_version: z.string(),
  /** Of the database, in bytes. */
  database_bytes: count,
  /** What pg_dump wrote. */
  plain: z.object({ bytes: count, sha256 }),
  /** What is stored; the same where it isn't encrypted. */
  stored: z.object({ file: z.string(), bytes: count, sha256 }),
  /** Rows of each table (`schema.table`), in the snapshot that was dumped. */
  tables: z.record(z.string(), count),
  /** Seconds in the ledger, in the same snapshot; decimal, since sums may be beyond exact numbers. */
  ledger: z.object({ interval_seconds: z.string(), adjustment_seconds: z.string() }),
});

/** What a backup is said to hold. Written last: a backup without one doesn't exist. */
export type BackupManifest = z.output<typeof schema>;

/** Rows and sums of a database, to compare. */
export type DatabaseFigures = Pick<BackupManifest, 'tables' | 'ledger'>;

const verification = z.object({ verified_at: z.iso.datetime(), ok: z.boolean(), detail: z.string() });

/** How the last verification of a backup ended. Kept beside it, since the manifest never changes. */
export type Verification = z.output<typeof verification>;

const NAME = /^telemy-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{6}$/;
/** How much of a name says when. */
const STAMPED = 'telemy-20260101T000000Z'.length;
const MANIFEST_SUFFIX = '.json';

/** What the names of drafts end with. */
export const PARTIAL = '.partial';
const DATA_FILE = /^(telemy-.+)\.dump(?:\.age)?(?:\.partial)?$/;

/**
 * Files of backups that were killed while they were made: data without a manifest, named before that moment. Younger
 * ones may be of a backup that is under way.
 */
export function leftoversAmong(files: readonly string[], before: Date): string[] {
  const names = new Set(backupNamesAmong(files));
  const youngest = newBackupName(before).slice(0, STAMPED);
  return files.filter((file) => {
    const name = DATA_FILE.exec(file)?.[1];
    if (name === undefined || !isBackupName(name) || name.slice(0, STAMPED) >= youngest) return false;
    return !names.has(name) || file.endsWith(PARTIAL);
  });
}

/** A new name; names sort by their moment. */
export function newBackupName(at: Date): string {
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `telemy-${stamp}-${randomBytes(3).toString('hex')}`;
}

export const isBackupName = (text: string): boolean => NAME.test(text);

export const manifestFile = (name: string): string => `${name}${MANIFEST_SUFFIX}`;
export const verificationFile = (name: string): string => `${name}.verified`;
export const dataFile = (name: string, encryption: BackupManifest['encryption']): string =>
  `${name}.dump${encryption === 'age' ? '.age' : ''}`;

/** The backups among a storage's files, oldest first: those with a manifest of ours. */
export function backupNamesAmong(files: readonly string[]): string[] {
  const names = files
    .filter((file) => file.endsWith(MANIFEST_SUFFIX))
    .map((file) => file.slice(0, -MANIFEST_SUFFIX.length));
  return names.filter(isBackupName).sort();
}

/** @throws Error where it is none of ours. */
export function parseManifest(text: string, name: string): BackupManifest {
  const manifest = schema.parse(JSON.parse(text));
  const file = dataFile(name, manifest.encryption);
  if (manifest.name !== name || manifest.stored.file !== file) throw new Error(`It is the manifest of another backup.`);
  return manifest;
}

/** @throws Error where it is none of ours. */
export function parseVerification(text: string): Verification {
  return verification.parse(JSON.parse(text));
}

/** Everything in which a database differs from a manifest, a line each. */
export function differencesFrom(expected: DatabaseFigures, found: DatabaseFigures): string[] {
  const tables = new Set([...Object.keys(expected.tables), ...Object.keys(found.tables)]);
  const lines = [...tables].sort().flatMap((table) => {
    const [should = 'no table', is = 'no table'] = [expected.tables[table], found.tables[table]];
    return should === is ? [] : [`${table}: ${is} instead of ${should} rows`];
  });
  for (const part of ['interval_seconds', 'adjustment_seconds'] as const) {
    const [should, is] = [expected.ledger[part], found.ledger[part]];
    if (should !== is) lines.push(`ledger ${part}: ${is} instead of ${should}`);
  }
  return lines;
}
