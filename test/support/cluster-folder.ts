import { chmod, mkdtemp, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux's folder in memory. */
const MEMORY = '/dev/shm';
/** A run needs a tenth of it; with less, others could want the rest. */
const ENOUGH_BYTES = 4 * 1024 ** 3;

/**
 * Makes the folder for the run's PostgreSQL: in memory where there is plenty, since each of the many databases is 300
 * files, which disks are slow to make and to remove. Otherwise it is a part of the run's own folder.
 */
export async function makeClusterFolder(runFolder: string): Promise<string> {
  const folder = await mkdtemp(join((await hasRoom()) ? MEMORY : runFolder, 'telemy-test-'));
  // The user that PostgreSQL runs as must be able to pass through.
  await chmod(folder, 0o711);
  return folder;
}

async function hasRoom(): Promise<boolean> {
  if (process.platform !== 'linux' || process.availableMemory() < ENOUGH_BYTES) return false;
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
