import { randomBytes } from 'node:crypto';
import { chmod, chown, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is done to a secret that lies in a file, beside that of its previous one; see the README, "Rotating secrets". */
export const STEPS = {
  replace: 'makes a new one, and the present one the previous one (one server)',
  announce: 'makes a new one as the previous one: accepted, but signs nothing (several servers, first step)',
  swap: 'has the present and the previous one change places (several servers, second step)',
  drop: 'empties the previous one (last step)',
} as const;

export type Step = keyof typeof STEPS;

/** A secret can't be treated so; the message says why. */
export class RotationError extends Error {
  override name = 'RotationError';
}

/** A random secret of 40 characters, as many as LemonSqueezy takes for webhooks. */
export function makeSecret(): string {
  return randomBytes(30).toString('base64url');
}

/** Name of the file of the previous one, in the letters of the secret's own. */
export function previousOf(name: string): string {
  return `${name}${name === name.toUpperCase() ? '_PREVIOUS' : '_previous'}`;
}

/**
 * Takes one step with the secret in the file `name` of a folder. Each file is seen whole at any moment, and no secret is
 * lost by a step that is cut short.
 *
 * @throws RotationError where there is no such secret, or a previous one that the step would lose or that it needs.
 */
export async function rotateSecret(folder: string, name: string, step: Step): Promise<void> {
  const files = { present: join(folder, name), previous: join(folder, previousOf(name)) };
  const present = await read(files.present);
  const previous = await read(files.previous);
  if (present === '') throw new RotationError(`${files.present} holds no secret.`);
  if ((step === 'replace' || step === 'announce') && previous !== '') {
    throw new RotationError(`${files.previous} holds one that may be in use. Take the step \`drop\` first.`);
  }
  if ((step === 'swap' || step === 'drop') && previous === '') throw new RotationError(`${files.previous} holds none.`);
  const put = (file: string, text: string) => replaceFile(file, text, files.present);
  // The previous one first: cut short, both are the same, and the secret in use is still there.
  if (step === 'announce') await put(files.previous, makeSecret());
  if (step === 'drop') await put(files.previous, '');
  if (step === 'replace') {
    await put(files.previous, present);
    await put(files.present, makeSecret());
  }
  if (step === 'swap') {
    // Three writes, because neither may be lost between two.
    await put(`${files.previous}.swap`, previous);
    await put(files.previous, present);
    await rename(`${files.previous}.swap`, files.present);
  }
}

async function read(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Owner and mode stay those of the secret that was there: the service may run as another user. */
async function replaceFile(file: string, text: string, like: string): Promise<void> {
  const { uid, gid, mode } = await stat(like);
  const draft = `${file}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  if (process.getuid?.() === 0) await chown(draft, uid, gid);
  await chmod(draft, mode & 0o777);
  await rename(draft, file);
}
