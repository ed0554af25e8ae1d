import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the build makes; its folder may hold other things, such as the SDK's package. */
const MADE = ['src', 'generated', 'plans.yaml', 'package.json'];

/** Removes what an earlier build made, so that nothing of deleted code stays. */
export async function emptyOutput(out: string): Promise<void> {
  for (const name of MADE) await rm(join(out, name), { recursive: true, force: true });
}

/** How much the build made. */
export async function measure(out: string): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  for (const name of MADE) {
    const path = join(out, name);
    const nested = (await stat(path)).isDirectory()
      ? await readdir(path, { recursive: true, withFileTypes: true })
      : [];
    const paths =
      nested.length === 0 ? [path] : nested.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
    files += paths.length;
    for (const one of paths) bytes += (await stat(one)).size;
  }
  return { files, bytes };
}
