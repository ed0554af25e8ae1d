import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { BackupDamagedError, BackupError } from './backup-error.ts';

/** Encrypts a stream for all recipients, any of whom can decrypt it (https://age-encryption.org/v1). */
export async function encryptFor(recipients: readonly string[], plain: Readable): Promise<Readable> {
  const { Encrypter } = await loadAge();
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      plain.destroy();
      throw new BackupError(`BACKUP_AGE_RECIPIENTS has ${recipient}, which is none: ${(error as Error).message}`);
    }
  }
  return fromWeb(await encrypter.encrypt(toWeb(plain)));
}

/**
 * Decrypts a stream. What is changed anywhere in it makes the result break with an error.
 *
 * @throws BackupDamagedError for a header that is none; BackupError where no identity fits.
 */
export async function decryptWith(identities: readonly string[], cipher: Readable): Promise<Readable> {
  const { Decrypter } = await loadAge();
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return fromWeb(await decrypter.decrypt(toWeb(cipher)));
  } catch (error) {
    cipher.destroy();
    const { message } = error as Error;
    if (!/no identity matched/i.test(message)) throw new BackupDamagedError(`It can't be decrypted: ${message}`);
    throw new BackupError('None of the identities in BACKUP_AGE_IDENTITY_FILE can decrypt this backup.');
  }
}

/**
 * The identities in a file as age-keygen writes it: one a line, with comments.
 *
 * @throws BackupError
 */
export async function readIdentities(file: string | undefined): Promise<string[]> {
  if (file === undefined) {
    throw new BackupError('The backup is encrypted. Set BACKUP_AGE_IDENTITY_FILE to the file with its age identity.');
  }
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new BackupError(`BACKUP_AGE_IDENTITY_FILE cannot be read: ${error.message}`);
  });
  const identities = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (identities.length === 0) throw new BackupError(`BACKUP_AGE_IDENTITY_FILE (${file}) has no age identity in it.`);
  return identities;
}

/** Loaded where it is needed alone: every command and every server starts without it. */
const loadAge = () => import('age-encryption');

// Two declarations of one thing: the browser's, which the library uses, and Node's.
const toWeb = (stream: Readable) => Readable.toWeb(stream) as unknown as globalThis.ReadableStream<Uint8Array>;
const fromWeb = (stream: globalThis.ReadableStream<Uint8Array>) =>
  Readable.fromWeb(stream as unknown as ReadableStream);
