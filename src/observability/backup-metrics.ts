import { Counter, Gauge, type Registry } from 'prom-client';

/** What is measured of backups, in processes that do background work; `storage` is `folder` or `s3`. */
export function createBackupMetrics(registers: Registry[]) {
  const labelNames = ['storage'] as const;
  return {
    lastSuccess: new Gauge({
      name: 'telemy_backup_last_success_timestamp_seconds',
      help: 'When the newest stored backup was begun, by whomever; 0: there is none.',
      labelNames,
      registers,
    }),
    lastVerified: new Gauge({
      name: 'telemy_backup_last_verified_timestamp_seconds',
      help: 'When a backup was last restored and found whole; 0: never.',
      labelNames,
      registers,
    }),
    size: new Gauge({
      name: 'telemy_backup_size_bytes',
      help: 'Size of the newest stored backup.',
      labelNames,
      registers,
    }),
    duration: new Gauge({
      name: 'telemy_backup_duration_seconds',
      help: 'How long the newest stored backup took.',
      labelNames,
      registers,
    }),
    damaged: new Gauge({
      name: 'telemy_backup_damaged',
      help: 'Stored backups whose last verification failed, or whose manifest cannot be read.',
      labelNames,
      registers,
    }),
    failures: new Counter({
      name: 'telemy_backup_failures_total',
      help: 'Scheduled backups that failed in this process.',
      labelNames,
      registers,
    }),
  };
}

export type BackupMetrics = ReturnType<typeof createBackupMetrics>;
