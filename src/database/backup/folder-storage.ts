import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PARTIAL } from './manifest.ts';
import { type BackupStorage, StoredFileMissingError } from './storage.ts';

/** Keeps backups in a folder, made when the first one is stored and readable by its owner only. */
export function openFolderStorage(folder: string): BackupStorage {
  const at = (file: string): string => join(folder, file);
  return {
    place: folder,

    async list() {
      return readdir(folder).catch(unlessMissing<string[]>([]));
    },

    async write(file: string, content: Readable) {
      const draft = at(`${file}${PARTIAL}`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const handle = await open(draft, 'w', 0o600);
        try {
          // `flush` syncs before the file is closed: after a power cut a name must not lead to an empty file.
          await pipeline(content, handle.createWriteStream({ flush: true }));
        } finally {
          await handle.close();
        }
        await rename(draft, at(file));
        await syncFolder(folder);
      } catch (error) {
        content.destroy();
        await rm(draft, { force: true });
        throw error;
      }
    },

    async read(file: string) {
      const handle = await open(at(file)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw new StoredFileMissingError(`There is no ${at(file)}.`);
        throw error;
      });
      return createReadStream('', { fd: handle });
    },

    async remove(file: string) {
      await rm(at(file), { force: true });
    },

    async freeBytes() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },

    close() {},
  };
}

function unlessMissing<T>(value: T) {
  return (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}

/** A rename lasts once the folder is written. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
