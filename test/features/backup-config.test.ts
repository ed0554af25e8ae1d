import assert from 'node:assert/strict';
import { type Config, ConfigError, loadConfig } from '../../src/config.ts';
import { PRODUCTION, SECRETS } from '../support/good-secrets.ts';

const RECIPIENT = 'age1dxyxk60mryxu4s0cmu9zwz4dmqt4n5jet4tkzrn7f845cwjkm9eqwkml4t';

const backupOf = (env: Record<string, string>): Config['backup'] => loadConfig({ ...SECRETS, ...env }).backup;

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig({ ...SECRETS, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const FAULTS: [env: Record<string, string>, fault: RegExp][] = [
  [{ BACKUP_S3_URL: 'https://bucket' }, /^BACKUP_S3_URL must look like s3:/],
  [{ BACKUP_S3_URL: 's3://b' }, /^BACKUP_S3_URL must look like/],
  [{ BACKUP_S3_URL: 's3://bucket', BACKUP_DIR: '/b' }, /^BACKUP_DIR must not be there with BACKUP_S3_URL$/],
  [{ BACKUP_S3_ENDPOINT_URL: 'minio' }, /^BACKUP_S3_ENDPOINT_URL must be an http or https URL$/],
  [{ BACKUP_S3_ACCESS_KEY_ID: 'AKID' }, /^BACKUP_S3_SECRET_ACCESS_KEY is required with BACKUP_S3_ACCESS_KEY_ID$/],
  [{ BACKUP_S3_SECRET_ACCESS_KEY: 's' }, /^BACKUP_S3_ACCESS_KEY_ID is required with/],
  [{ BACKUP_AGE_RECIPIENTS: 'AGE-SECRET-KEY-1AAAA' }, /^BACKUP_AGE_RECIPIENTS.* must be age recipients/],
  [{ BACKUP_AGE_RECIPIENTS: RECIPIENT, BACKUP_ENCRYPTION: 'none' }, /^BACKUP_ENCRYPTION must not be none with/],
  [{ BACKUP_ENCRYPTION: 'age' }, /^BACKUP_AGE_RECIPIENTS is required with BACKUP_ENCRYPTION=age$/],
  [{ BACKUP_SCHEDULE: '24:00', BACKUP_DIR: '/b' }, /^BACKUP_SCHEDULE must be a time of day in UTC/],
  [{ BACKUP_SCHEDULE: '03:15' }, /^BACKUP_DIR or BACKUP_S3_URL is required with BACKUP_SCHEDULE$/],
  [
    { ...PRODUCTION, BACKUP_SCHEDULE: '03:15', BACKUP_DIR: '/b' },
    /^BACKUP_AGE_RECIPIENTS \(or BACKUP_ENCRYPTION=none\)/,
  ],
];

describe('The configuration of backups', () => {
  for (const [env, fault] of FAULTS) {
    const { NODE_ENV, BACKUP_DIR: _, ...shown } = env;
    it(`${NODE_ENV ?? ''} ${Object.keys(shown)
      .filter((name) => name.startsWith('BACKUP'))
      .map((name) => `${name}=${env[name]}`)} is a fault`, () => {
      const [first, ...others] = faultsOf(env);
      assert.match(String(first), fault);
      assert.deepEqual(others, []);
    });
  }

  it('names a bucket, with or without a folder in it', () => {
    const keys = { BACKUP_S3_ACCESS_KEY_ID: 'AKID', BACKUP_S3_SECRET_ACCESS_KEY: 's' };
    const { destination } = backupOf({ BACKUP_S3_URL: 's3://bucket/a/b/', BACKUP_S3_REGION: 'eu-west-1', ...keys });
    assert.deepEqual(destination, {
      kind: 's3',
      bucket: 'bucket',
      prefix: 'a/b/',
      endpointUrl: undefined,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 's' },
    });
    const whole = backupOf({ BACKUP_S3_URL: 's3://bucket' }).destination;
    assert.ok(whole.kind === 's3');
    assert.equal(whole.prefix, '');
  });

  it('lets backups of development be unencrypted, and those of production only when it says so', () => {
    assert.equal(backupOf({}).encryption, 'none');
    assert.equal(backupOf(PRODUCTION).encryption, 'undecided');
    assert.equal(backupOf({ ...PRODUCTION, BACKUP_ENCRYPTION: 'none' }).encryption, 'none');
    assert.equal(backupOf({ ...PRODUCTION, BACKUP_AGE_RECIPIENTS: RECIPIENT }).encryption, 'age');
  });

  it('reads a time of day', () => {
    const { schedule } = backupOf({ BACKUP_SCHEDULE: '03:05', BACKUP_DIR: '/b' });
    assert.deepEqual(schedule, { hour: 3, minute: 5 });
  });
});
