import type { Clock } from '../../clock.ts';
import type { BackupMetrics } from '../../observability/backup-metrics.ts';
import type { Logger } from '../../observability/logger.ts';
import { readInventory, readNewest } from './backups.ts';
import { createBackup } from './create.ts';
import { pruneBackups } from './prune.ts';
import { lastDueAt } from './schedule.ts';
import type { BackupSettings } from './settings.ts';
import { BackupUnderWayError } from './snapshot.ts';
import { type BackupStorage, openStorage } from './storage.ts';

export interface BackupChoresOptions {
  settings: BackupSettings;
  /** Leads to PostgreSQL itself, not to a pooler. */
  url: string;
  clock: Clock;
  logger: Logger;
  metrics: BackupMetrics;
}

/** What a worker does about backups, again and again. */
export interface BackupChores {
  /**
   * Makes a backup if one is due, in whichever worker comes first: the storage says when the last one was made. One
   * that was missed is made up for. After a failure it waits a while.
   *
   * @returns the new backup's name; undefined where none was due.
   */
  backUpIfDue(): Promise<string | undefined>;
  /** Tells the metrics what the storage holds, whoever put it there. */
  measure(): Promise<void>;
  /** Breaks off a backup that is being made. */
  stop(): void;
}

/** How long to wait after a failure, in milliseconds. */
const RETRY_MS = 15 * 60_000;

export function createBackupChores({ settings, url, clock, logger, metrics }: BackupChoresOptions): BackupChores {
  const { schedule } = settings;
  const labels = { storage: settings.destination.kind };
  const stopping = new AbortController();
  let restUntil = 0;
  /** Up to this due moment, in Unix milliseconds, there is a backup: the storage need not be asked each time. */
  let doneUntil = 0;
  // There from the beginning: the first failure would not be seen as an increase.
  if (schedule) metrics.failures.inc(labels, 0);

  const isDue = async (storage: BackupStorage): Promise<boolean> => {
    if (!schedule) return false;
    const dueAt = lastDueAt(schedule, clock.now()).getTime();
    const newest = await readNewest(storage);
    if (!newest || Date.parse(newest.manifest.started_at) < dueAt) return true;
    doneUntil = dueAt;
    return false;
  };

  const backUp = (): Promise<string | undefined> =>
    withStorage(settings, async (storage) => {
      if (!(await isDue(storage))) return undefined;
      const options = { settings, storage, url, clock, signal: stopping.signal, isNeeded: () => isDue(storage) };
      const manifest = await createBackup(options).catch((error) => {
        if (error instanceof BackupUnderWayError) return undefined;
        throw error;
      });
      if (!manifest) return undefined;
      logger.info({ backup: manifest.name, bytes: manifest.stored.bytes }, 'backup_made');
      const gone = await pruneBackups(storage, clock.now(), { dryRun: false });
      if (gone.length > 0) logger.info({ backups: gone }, 'backups_pruned');
      return manifest.name;
    });

  return {
    async backUpIfDue() {
      const now = clock.now();
      if (!schedule || now.getTime() < restUntil || lastDueAt(schedule, now).getTime() <= doneUntil) return undefined;
      try {
        return await backUp();
      } catch (error) {
        if (stopping.signal.aborted) return undefined;
        restUntil = clock.now().getTime() + RETRY_MS;
        metrics.failures.inc(labels);
        throw error;
      }
    },

    measure: () =>
      withStorage(settings, async (storage) => {
        const { backups, unreadable } = await readInventory(storage);
        const newest = backups.at(-1)?.manifest;
        // Where nobody wants backups there is nothing to be late with.
        if (!newest && !settings.isDestinationGiven) return;
        const seconds = (text: string | undefined): number => (text === undefined ? 0 : Date.parse(text) / 1000);
        const verified = backups.map(({ verification }) => (verification?.ok ? seconds(verification.verified_at) : 0));
        const damaged = backups.filter(({ verification }) => verification?.ok === false).length;
        metrics.lastSuccess.set(labels, seconds(newest?.started_at));
        metrics.lastVerified.set(labels, Math.max(0, ...verified));
        metrics.size.set(labels, newest?.stored.bytes ?? 0);
        metrics.duration.set(labels, seconds(newest?.finished_at) - seconds(newest?.started_at));
        metrics.damaged.set(labels, damaged + unreadable.length);
      }),

    stop: () => stopping.abort(new Error('The worker ends.')),
  };
}

async function withStorage<T>(settings: BackupSettings, work: (storage: BackupStorage) => Promise<T>): Promise<T> {
  const storage = await openStorage(settings.destination);
  try {
    return await work(storage);
  } finally {
    storage.close();
  }
}
