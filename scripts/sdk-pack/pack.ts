import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildLibrary } from './build.ts';
import { LIB } from './entries.ts';
import { prepareFolder } from './folder.ts';
import { npmPack } from './npm-pack.ts';

/** Where the package goes, and who is told how far it is. */
export interface PackOptions {
  /** Folder of the repository. */
  root: string;
  /** Folder of the package: empty, missing, or of an earlier run. */
  out: string;
  onStep?(text: string): void;
}

/** A package that is ready to be published. */
export interface PackedSdk {
  /** Folder of its built files. */
  lib: string;
  tarball: string;
}

/**
 * Builds the SDK and makes its tarball.
 *
 * @throws Error if it doesn't build or pack.
 */
export async function packSdk({ root, out, onStep = () => undefined }: PackOptions): Promise<PackedSdk> {
  const lib = join(out, LIB);
  const name = await prepareFolder({ root, out });
  onStep('building');
  await buildLibrary({ root, outDir: lib });
  onStep('packing');
  await npmPack(out);
  if (!(await readdir(out)).includes(name)) throw new Error(`npm pack made no ${name}.`);
  return { lib, tarball: join(out, name) };
}
