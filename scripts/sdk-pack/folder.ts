import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_NAME } from './entries.ts';
import { makeManifest, type RootManifest } from './manifest.ts';

/**
 * Makes the folder of the package ready for its built files: package.json, README.md and LICENSE. Tarballs of earlier
 * runs go.
 *
 * @returns name of the tarball that `npm pack` will make of it.
 * @throws Error if the folder belongs to something else.
 */
export async function prepareFolder({ root, out }: { root: string; out: string }): Promise<string> {
  await mkdir(out, { recursive: true });
  const names = await readdir(out);
  if (names.length > 0 && (await nameOf(out)) !== PACKAGE_NAME)
    throw new Error(`${out} holds something else than ${PACKAGE_NAME}; name an empty folder.`);
  const stem = PACKAGE_NAME.replace('@', '').replace('/', '-');
  const old = names.filter((name) => name.startsWith(stem) && name.endsWith('.tgz'));
  await Promise.all(old.map((name) => rm(join(out, name))));
  const manifest: RootManifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await writeFile(join(out, 'package.json'), `${JSON.stringify(makeManifest(manifest), null, 2)}\n`);
  await copyFile(join(root, 'src/sdk/README.md'), join(out, 'README.md'));
  await copyFile(join(root, 'LICENSE'), join(out, 'LICENSE'));
  return `${stem}-${manifest.version}.tgz`;
}

async function nameOf(folder: string): Promise<unknown> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  return JSON.parse(text).name;
}
