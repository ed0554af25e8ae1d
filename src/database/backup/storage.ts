import type { Readable } from 'node:stream';
import type { BackupDestination } from './settings.ts';

/** A place that keeps files. A file is there as a whole or not at all. */
export interface BackupStorage {
  /** For people. */
  place: string;
  /** Names of all files, ours and others', drafts of files that are being written among them. */
  list(): Promise<string[]>;
  /** Stores what comes, of whatever size, a few megabytes in memory at a time; nothing is stored if it breaks. */
  write(file: string, content: Readable): Promise<void>;
  /** @throws StoredFileMissingError */
  read(file: string): Promise<Readable>;
  /** One that isn't there is no fault. */
  remove(file: string): Promise<void>;
  /** In bytes; undefined where there is no limit to ask for. */
  freeBytes(): Promise<number | undefined>;
  close(): void;
}

/** There is no such file. */
export class StoredFileMissingError extends Error {
  override name = 'StoredFileMissingError';
}

/** Opens the place that is configured. S3's library is loaded only where it is used. */
export async function openStorage(destination: BackupDestination): Promise<BackupStorage> {
  if (destination.kind === 's3') return (await import('./s3-storage.ts')).openS3Storage(destination);
  return (await import('./folder-storage.ts')).openFolderStorage(destination.folder);
}
