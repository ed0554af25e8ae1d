import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MoveFigures } from './figures.ts';
import { MoveError } from './move-error.ts';

/** What is written beside a dump, last. */
export interface DumpNote {
  sha256: string;
  bytes: number;
  /** Major version of the pg_dump that wrote it. */
  major: number;
  schemaVersion: string;
  figures: MoveFigures;
}

export const dumpFile = (folder: string): string => join(folder, 'move.dump');
export const noteFile = (folder: string): string => join(folder, 'move.dump.json');

/** @throws Error where no dump was finished. */
export function readDumpNote(folder: string): DumpNote {
  return JSON.parse(readFileSync(noteFile(folder), 'utf8')) as DumpNote;
}

/** @throws MoveError for a file that isn't what was written. */
export async function assertDumpWhole(folder: string): Promise<DumpNote> {
  const note = readDumpNote(folder);
  const hash = createHash('sha256');
  await pipeline(createReadStream(dumpFile(folder)), hash);
  if (hash.digest('hex') === note.sha256) return note;
  throw new MoveError(`${dumpFile(folder)} isn't what was dumped. Make it again: npm run migrate-host -- dump`);
}
