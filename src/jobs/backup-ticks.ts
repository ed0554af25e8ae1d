import type { BackupChores } from '../database/backup/chores.ts';
import type { Tick } from './ticker.ts';

/** How often the worker looks whether a backup is due, in milliseconds. */
const DUE_EVERY_MS = 60_000;
/** Each look reads every manifest, which a bucket charges for. */
const MEASURE_EVERY_MS = 300_000;

/** What the worker repeats for backups. */
export function backupTicks(chores: BackupChores): Tick[] {
  const backUp = async (): Promise<void> => {
    if (await chores.backUpIfDue()) await chores.measure();
  };
  return [
    { name: 'backup', everyMs: DUE_EVERY_MS, run: backUp },
    { name: 'backup-status', everyMs: MEASURE_EVERY_MS, run: () => chores.measure() },
  ];
}
