import { cp, glob } from 'node:fs/promises';
import { join } from 'node:path';

/** Whatever isn't TypeScript in these places is read at run time, from beside the code. */
const PLACES = ['src/**/*', 'generated/server/*', 'plans.yaml', 'package.json'];
const IS_ELSEWHERE = /\.ts$|^src\/sdk\//;

/**
 * Copies the files that the code reads at run time to the same places in the output.
 *
 * @returns their paths from the root, sorted.
 */
export async function copyAssets(root: string, out: string): Promise<string[]> {
  const assets = await listAssets(root);
  for (const asset of assets) await cp(join(root, asset), join(out, asset));
  return assets;
}

/** Paths from the root, sorted. */
async function listAssets(root: string): Promise<string[]> {
  const assets: string[] = [];
  for await (const entry of glob(PLACES, { cwd: root, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
      .slice(root.length + 1)
      .replaceAll('\\', '/');
    if (entry.isFile() && !IS_ELSEWHERE.test(path)) assets.push(path);
  }
  return assets.sort();
}
