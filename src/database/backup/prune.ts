import { readInventory, type StoredBackup } from './backups.ts';
import { manifestFile, verificationFile } from './manifest.ts';
import { chooseExpired, type Keepable } from './retention.ts';
import type { BackupStorage } from './storage.ts';

/**
 * Deletes the backups that no rule keeps. What isn't a backup of ours is never touched.
 *
 * @returns the backups that went, or with `dryRun` would go.
 */
export async function pruneBackups(storage: BackupStorage, options: { dryRun: boolean }): Promise<StoredBackup[]> {
  const { backups } = await readInventory(storage);
  const expired = new Set(chooseExpired(backups.map(toKeepable)));
  const gone = backups.filter(({ manifest }) => expired.has(manifest.name));
  if (options.dryRun) return gone;
  for (const { manifest } of gone) {
    // The manifest first: what is half deleted must not look like a backup.
    await storage.remove(manifestFile(manifest.name));
    await storage.remove(manifest.stored.file);
    await storage.remove(verificationFile(manifest.name));
  }
  return gone;
}

function toKeepable({ manifest, verification }: StoredBackup): Keepable {
  const state = verification === undefined ? 'unverified' : verification.ok ? 'verified' : 'damaged';
  return { name: manifest.name, at: new Date(manifest.started_at), state };
}
