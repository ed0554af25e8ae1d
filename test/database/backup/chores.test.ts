import assert from 'node:assert/strict';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createMovableClock, type MovableClock } from '../../../src/clock.ts';
import { type BackupChores, createBackupChores } from '../../../src/database/backup/chores.ts';
import { pruneBackups } from '../../../src/database/backup/prune.ts';
import type { BackupSettings } from '../../../src/database/backup/settings.ts';
import { openStorage } from '../../../src/database/backup/storage.ts';
import { createBackupMetrics } from '../../../src/observability/backup-metrics.ts';
import { settingsFor, storeBackup } from '../../support/backups.ts';
import { makeFakePostgres } from '../../support/fake-postgres.ts';
import { createTestDatabase } from '../../support/test-run.ts';

const HOUR = 3_600;

interface Replica extends BackupChores {
  /** What the metric says; undefined: it isn't there. */
  value(name: string): Promise<number | undefined>;
}

describe('Backups that the worker makes', () => {
  let url: string;
  let drop: () => Promise<void>;
  let folder: string;
  let clock: MovableClock;
  let settings: BackupSettings;

  before(async () => {
    ({ url, drop } = await createTestDatabase());
  });
  after(() => drop?.());
  beforeEach(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'chores-'));
    folder = join(parent, 'backups');
    clock = createMovableClock();
    // A moment with its daily time an hour behind it.
    const toMidday = Date.UTC(2030, 5, 10, 12) - Date.now();
    clock.advance(toMidday);
    const pgBinDir = await makeFakePostgres(parent);
    settings = settingsFor(folder, { schedule: { hour: 11, minute: 0 }, pgBinDir });
  });

  const startReplica = (more: Partial<BackupSettings> = {}): Replica => {
    const registry = new Registry();
    const metrics = createBackupMetrics([registry]);
    const logger = pino({ level: 'silent' });
    const chores = createBackupChores({ settings: { ...settings, ...more }, url, clock, logger, metrics });
    const value = async (name: string): Promise<number | undefined> => {
      const metric = await registry.getSingleMetric(`telemy_backup_${name}`)?.get();
      return metric?.values[0]?.value;
    };
    return { ...chores, value };
  };
  const pass = (hours: number): void => clock.advance(hours * HOUR * 1000);

  it('are made once a day, whichever of many workers comes first', async () => {
    const replicas = [startReplica(), startReplica(), startReplica()];
    const atOnce = async () => (await Promise.all(replicas.map((one) => one.backUpIfDue()))).filter(Boolean).length;
    assert.equal(await atOnce(), 1);
    assert.equal(await atOnce(), 0);
    pass(22);
    assert.equal(await atOnce(), 0);
    pass(1);
    assert.equal(await atOnce(), 1);
    pass(5 * 24);
    assert.equal(await atOnce(), 1, 'missed ones are made up for by one');
  });

  it('are not made where no time is given, nor where one by hand has come before', async () => {
    assert.equal(await startReplica({ schedule: undefined }).backUpIfDue(), undefined);
    await storeBackup(settings.destination, clock.now());
    assert.equal(await startReplica().backUpIfDue(), undefined);
  });

  it('delete what no rule keeps, and never what is not theirs', async () => {
    const names = [];
    for (const hour of [6, 5, 4]) {
      names.push(await storeBackup(settings.destination, new Date(clock.now().getTime() - hour * HOUR * 1000)));
    }
    await writeFile(join(folder, 'notes.json'), 'not ours');
    const made = await startReplica().backUpIfDue();
    const left = (await readdir(folder)).sort();
    assert.deepEqual(left, ['notes.json', `${made}.dump`, `${made}.json`]);
  });

  it('are tried again a quarter of an hour after a failure, which is counted', async () => {
    const failing = startReplica({ pgBinDir: folder });
    assert.equal(await failing.value('failures_total'), 0);
    await assert.rejects(failing.backUpIfDue());
    assert.equal(await failing.backUpIfDue(), undefined);
    assert.equal(await failing.value('failures_total'), 1);
    pass(0.25);
    await assert.rejects(failing.backUpIfDue());
    assert.equal(await failing.value('failures_total'), 2);
  });

  it('are measured by what the storage holds, whoever put it there', async () => {
    const replica = startReplica();
    await replica.measure();
    assert.equal(await replica.value('last_success_timestamp_seconds'), 0);
    const at = new Date('2030-06-01T00:00:00Z');
    await storeBackup(settings.destination, new Date('2030-05-01T00:00:00Z'), true);
    await storeBackup(settings.destination, new Date('2030-05-02T00:00:00Z'), false);
    await storeBackup(settings.destination, at);
    await replica.measure();
    assert.equal(await replica.value('last_success_timestamp_seconds'), at.getTime() / 1000);
    assert.equal(await replica.value('last_verified_timestamp_seconds'), Date.UTC(2030, 4, 1) / 1000);
    assert.equal(await replica.value('size_bytes'), 4);
    assert.equal(await replica.value('damaged'), 1);
  });

  it('are measured nowhere where nobody wants any', async () => {
    const replica = startReplica({ isDestinationGiven: false });
    await replica.measure();
    assert.equal(await replica.value('last_success_timestamp_seconds'), undefined);
  });

  it('are only named, not deleted, in a dry run of pruning', async () => {
    const now = clock.now();
    const older = await storeBackup(settings.destination, new Date(now.getTime() - HOUR * 1000));
    await storeBackup(settings.destination, now);
    const storage = await openStorage(settings.destination);
    assert.deepEqual(await pruneBackups(storage, now, { dryRun: true }), [older]);
    assert.equal((await readdir(folder)).length, 4);
  });

  it('delete what killed ones left a day ago, and nothing that may be under way', async () => {
    const kept = await storeBackup(settings.destination, clock.now());
    const left = ['20300608T000000Z-aaaaaa.dump', '20300608T000000Z-bbbbbb.dump.age.partial'].map(
      (one) => `telemy-${one}`,
    );
    const others = [
      'telemy-20300610T110000Z-cccccc.dump.partial',
      'telemy-plan.dump',
      'telemy-20300608T000000Z-d.dump',
    ];
    for (const file of [...left, ...others]) await writeFile(join(folder, file), '');
    const storage = await openStorage(settings.destination);
    assert.deepEqual((await pruneBackups(storage, clock.now(), { dryRun: false })).sort(), left);
    assert.deepEqual((await readdir(folder)).sort(), [...others, `${kept}.dump`, `${kept}.json`].sort());
  });
});
