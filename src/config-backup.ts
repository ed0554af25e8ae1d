import { join } from 'node:path';
import type { Variables } from './config-schema.ts';
import type { BackupDestination, BackupSettings } from './database/backup/settings.ts';

export function toBackup(values: Variables): BackupSettings {
  const { BACKUP_DIR, BACKUP_S3_URL, BACKUP_AGE_RECIPIENTS: recipients, BACKUP_SCHEDULE: schedule } = values;
  const [hour, minute] = (schedule ?? '').split(':').map(Number);
  return {
    destination: toDestination(values),
    isDestinationGiven: BACKUP_DIR !== undefined || BACKUP_S3_URL !== undefined,
    encryption: toEncryption(values),
    recipients,
    identityFile: values.BACKUP_AGE_IDENTITY_FILE,
    schedule: hour === undefined || minute === undefined ? undefined : { hour, minute },
    pgBinDir: values.PG_BIN_DIR,
  };
}

/** What is wrong with the variables of backups when they are taken together. */
export function backupFaults(values: Partial<Variables>, given: (name: string) => boolean): string[] {
  const { BACKUP_AGE_RECIPIENTS: recipients = [], BACKUP_ENCRYPTION: encryption } = values;
  const faults: string[] = [];
  if (given('BACKUP_DIR') && given('BACKUP_S3_URL')) faults.push('BACKUP_DIR must not be there with BACKUP_S3_URL');
  const pair = ['BACKUP_S3_ACCESS_KEY_ID', 'BACKUP_S3_SECRET_ACCESS_KEY'] as const;
  const [missing, ...others] = pair.filter((name) => !given(name));
  if (missing && others.length === 0) {
    faults.push(`${missing} is required with ${pair.find((name) => name !== missing)}`);
  }
  if (encryption === 'none' && recipients.length > 0) {
    faults.push('BACKUP_ENCRYPTION must not be none with BACKUP_AGE_RECIPIENTS');
  }
  if (encryption === 'age' && !given('BACKUP_AGE_RECIPIENTS')) {
    faults.push('BACKUP_AGE_RECIPIENTS is required with BACKUP_ENCRYPTION=age');
  }
  if (!given('BACKUP_SCHEDULE')) return faults;
  if (!given('BACKUP_DIR') && !given('BACKUP_S3_URL')) {
    faults.push('BACKUP_DIR or BACKUP_S3_URL is required with BACKUP_SCHEDULE');
  }
  if (values.NODE_ENV === 'production' && !given('BACKUP_AGE_RECIPIENTS') && encryption === undefined) {
    faults.push('BACKUP_AGE_RECIPIENTS (or BACKUP_ENCRYPTION=none) is required with BACKUP_SCHEDULE in production');
  }
  return faults;
}

/** Unencrypted backups of real people's data need a word; those of development don't. */
function toEncryption(values: Variables): BackupSettings['encryption'] {
  if (values.BACKUP_AGE_RECIPIENTS.length > 0) return 'age';
  return values.BACKUP_ENCRYPTION === 'none' || values.NODE_ENV !== 'production' ? 'none' : 'undecided';
}

function toDestination(values: Variables): BackupDestination {
  const { BACKUP_S3_URL: s3, BACKUP_S3_ACCESS_KEY_ID: accessKeyId, BACKUP_S3_SECRET_ACCESS_KEY: secret } = values;
  if (s3 === undefined) return { kind: 'folder', folder: values.BACKUP_DIR ?? join(values.DATA_DIR, 'backups') };
  return {
    kind: 's3',
    ...s3,
    endpointUrl: values.BACKUP_S3_ENDPOINT_URL,
    region: values.BACKUP_S3_REGION,
    credentials: accessKeyId && secret ? { accessKeyId, secretAccessKey: secret } : undefined,
  };
}
