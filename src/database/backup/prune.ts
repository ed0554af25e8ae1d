import { readInventory, type StoredBackup } from './backups.ts';
import { leftoversAmong, manifestFile, verificationFile } from './manifest.ts';
import { chooseExpired, type Keepable } from './retention.ts';
import type { BackupStorage } from './storage.ts';

/** A backup takes less; in milliseconds. */
const LONGEST_BACKUP_MS = 24 * 3_600_000;

/**
 * Deletes the backups that no rule keeps, and files that killed backups left a day ago or earlier. What isn't ours is
 * never touched.
 *
 * @returns names of the backups and files that went, or with `dryRun` would go.
 */
export async function pruneBackups(storage: BackupStorage, now: Date, options: { dryRun: boolean }): Promise<string[]> {
  const { backups } = await readInventory(storage);
  const expired = new Set(chooseExpired(backups.map(toKeepable)));
  const gone = backups.filter(({ manifest }) => expired.has(manifest.name));
  const leftovers = leftoversAmong(await storage.list(), new Date(now.getTime() - LONGEST_BACKUP_MS));
  const names = [...gone.map(({ manifest }) => manifest.name), ...leftovers];
  if (options.dryRun) return names;
  for (const { manifest } of gone) {
    // The manifest first: what is half deleted must not look like a backup.
    await storage.remove(manifestFile(manifest.name));
    await storage.remove(manifest.stored.file);
    await storage.remove(verificationFile(manifest.name));
  }
  for (const file of leftovers) await storage.remove(file);
  return names;
}

function toKeepable({ manifest, verification }: StoredBackup): Keepable {
  const state = verification === undefined ? 'unverified' : verification.ok ? 'verified' : 'damaged';
  return { name: manifest.name, at: new Date(manifest.started_at), state };
}
