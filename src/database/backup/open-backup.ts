import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupDamagedError } from './backup-error.ts';
import { createDigest } from './digest.ts';
import { decryptWith, readIdentities } from './encryption.ts';
import type { BackupManifest } from './manifest.ts';
import { type BackupStorage, StoredFileMissingError } from './storage.ts';

/** Gives the dump in a backup, decrypted, as often as it is asked for. */
export type DumpSource = () => Promise<Readable>;

/**
 * Reads a backup once from end to end and checks it against its manifest, before anyone relies on it.
 *
 * @returns the way to read the dump.
 * @throws BackupDamagedError; BackupError where it can't be decrypted here.
 */
export async function openBackup(
  storage: BackupStorage,
  { stored, plain, encryption }: BackupManifest,
  identityFile: string | undefined,
  signal?: AbortSignal,
): Promise<DumpSource> {
  const identities = encryption === 'age' ? await readIdentities(identityFile) : [];
  const read = () => readStored(storage, stored.file);
  const open = async (content: Readable): Promise<Readable> =>
    encryption === 'age' ? decryptWith(identities, content) : content;

  const cipherDigest = createDigest();
  await pipeline(await read(), cipherDigest.stream, nowhere(), { signal });
  assertSame(stored.file, stored, cipherDigest.result());

  const plainDigest = createDigest();
  await pipeline(await open(await read()), plainDigest.stream, nowhere(), { signal });
  assertSame(`The dump in ${stored.file}`, plain, plainDigest.result());
  return async () => open(await read());
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

async function readStored(storage: BackupStorage, file: string): Promise<Readable> {
  try {
    return await storage.read(file);
  } catch (error) {
    if (error instanceof StoredFileMissingError) throw new BackupDamagedError(error.message);
    throw error;
  }
}

interface Seen {
  bytes: number;
  sha256: string;
}

function assertSame(what: string, expected: Seen, found: Seen): void {
  if (expected.bytes !== found.bytes) {
    throw new BackupDamagedError(`${what} has ${found.bytes} bytes instead of ${expected.bytes}.`);
  }
  if (expected.sha256 !== found.sha256) throw new BackupDamagedError(`${what} has another checksum than its manifest.`);
}
