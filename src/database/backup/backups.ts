import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BackupError } from './backup-error.ts';
import {
  type BackupManifest,
  backupNamesAmong,
  manifestFile,
  parseManifest,
  parseVerification,
  type Verification,
  verificationFile,
} from './manifest.ts';
import type { BackupStorage } from './storage.ts';

/** A backup in its storage. */
export interface StoredBackup {
  manifest: BackupManifest;
  /** Undefined: it was never verified. */
  verification: Verification | undefined;
}

/** What a storage holds. */
export interface Inventory {
  /** Oldest first. */
  backups: StoredBackup[];
  /** Manifests that can't be read, with the reason; their files are left alone. */
  unreadable: { file: string; reason: string }[];
}

/** Reads every manifest. Files that aren't ours are passed over. */
export async function readInventory(storage: BackupStorage): Promise<Inventory> {
  const files = await storage.list();
  const inventory: Inventory = { backups: [], unreadable: [] };
  for (const name of backupNamesAmong(files)) {
    try {
      inventory.backups.push(await readBackup(storage, name, files));
    } catch (error) {
      inventory.unreadable.push({ file: manifestFile(name), reason: (error as Error).message });
    }
  }
  return inventory;
}

/** The newest backup; undefined where there is none. */
export async function readNewest(storage: BackupStorage): Promise<StoredBackup | undefined> {
  const files = await storage.list();
  const name = backupNamesAmong(files).at(-1);
  return name === undefined ? undefined : readBackup(storage, name, files);
}

/**
 * The backup of that name; without one the newest.
 *
 * @throws BackupError
 */
export async function findBackup(storage: BackupStorage, name?: string): Promise<StoredBackup> {
  const files = await storage.list();
  const names = backupNamesAmong(files);
  const wanted = name ?? names.at(-1);
  if (wanted === undefined) throw new BackupError(`There is no backup in ${storage.place}.`);
  if (!names.includes(wanted)) {
    throw new BackupError(`There is no backup ${wanted} in ${storage.place}. See: npm run backup -- list`);
  }
  return readBackup(storage, wanted, files);
}

async function readBackup(storage: BackupStorage, name: string, files: readonly string[]): Promise<StoredBackup> {
  const manifest = parseManifest(await text(await storage.read(manifestFile(name))), name);
  const isVerified = files.includes(verificationFile(name));
  const verification = isVerified
    ? parseVerification(await text(await storage.read(verificationFile(name))))
    : undefined;
  return { manifest, verification };
}

/** Stores a small JSON file. */
export async function writeJson(storage: BackupStorage, file: string, value: unknown): Promise<void> {
  await storage.write(file, Readable.from([Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]));
}
