import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { writeJson } from '../../src/database/backup/backups.ts';
import {
  type BackupManifest,
  dataFile,
  manifestFile,
  newBackupName,
  type Verification,
  verificationFile,
} from '../../src/database/backup/manifest.ts';
import type { BackupDestination, BackupSettings } from '../../src/database/backup/settings.ts';
import { openStorage } from '../../src/database/backup/storage.ts';

/** Settings of backups into that folder, not encrypted. */
export function settingsFor(folder: string, more: Partial<BackupSettings> = {}): BackupSettings {
  return {
    destination: { kind: 'folder', folder },
    isDestinationGiven: true,
    encryption: 'none',
    recipients: [],
    identityFile: undefined,
    schedule: undefined,
    pgBinDir: undefined,
    ...more,
  };
}

/** Stores a backup of that moment, of nothing in particular; returns its name. */
export async function storeBackup(destination: BackupDestination, at: Date, ok?: boolean): Promise<string> {
  const storage = await openStorage(destination);
  const name = newBackupName(at);
  const file = dataFile(name, 'none');
  const seen = { bytes: 4, sha256: createHash('sha256').update('dump').digest('hex') };
  await storage.write(file, Readable.from([Buffer.from('dump')]));
  if (ok !== undefined) {
    const verification: Verification = { verified_at: at.toISOString(), ok, detail: 'said by a test' };
    await writeJson(storage, verificationFile(name), verification);
  }
  const manifest: BackupManifest = {
    format: 1,
    name,
    started_at: at.toISOString(),
    finished_at: at.toISOString(),
    encryption: 'none',
    server_version: '16.1',
    client_version: '16.1',
    schema_version: '0001-accounts',
    database_bytes: 4,
    plain: seen,
    stored: { file, ...seen },
    tables: {},
    ledger: { interval_seconds: '0', adjustment_seconds: '0' },
  };
  await writeJson(storage, manifestFile(name), manifest);
  storage.close();
  return name;
}
