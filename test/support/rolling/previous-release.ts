import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** The release that servers run which a deploy of this one meets. */
export interface PreviousRelease {
  /** All 40 digits. */
  commit: string;
  /** The newest migration that it has. */
  lastMigration: string;
}

/** The code of another commit, to be run. */
export interface Checkout {
  root: string;
  remove(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** Raised by hand with each release (CONTRIBUTING, "Migrations and rolling deploys"). */
export function readPreviousRelease(): PreviousRelease {
  return JSON.parse(readFileSync(resolve(ROOT, 'test/ops/previous-release.json'), 'utf8'));
}

/**
 * Takes the code of a commit out of the history. It runs with the packages of this checkout: those of its own time would
 * have to be installed.
 *
 * @throws Error that says how to get the commit, when this clone lacks it.
 */
export async function checkOut(commit: string): Promise<Checkout> {
  await run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT }).catch((cause) => {
    throw new Error(
      `The code of the release before, commit ${commit} of test/ops/previous-release.json, is not in this clone. ` +
        'Get it by `git fetch --unshallow`; a folder without .git cannot run this test, a clone can.',
      { cause },
    );
  });
  const root = await mkdtemp(join(tmpdir(), 'release-'));
  const archive = join(root, 'release.tar');
  await run('git', ['archive', `--output=${archive}`, commit], { cwd: ROOT });
  await run('tar', ['-xf', archive, '-C', root]);
  await rm(archive);
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
