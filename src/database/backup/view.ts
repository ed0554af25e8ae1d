import type { StoredBackup } from './backups.ts';

/** A backup as commands show it. `age_hours` has one decimal. */
export function toBackupLine({ manifest, verification }: StoredBackup, now: Date) {
  const ageMs = now.getTime() - Date.parse(manifest.started_at);
  return {
    name: manifest.name,
    age_hours: Math.round(ageMs / 360_000) / 10,
    bytes: manifest.stored.bytes,
    encryption: manifest.encryption,
    schema: manifest.schema_version,
    verified: verification === undefined ? 'never' : verification.ok ? verification.verified_at : 'damaged',
  };
}
