/** What the checks read of a package-lock.json (version 3). */
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

/** One entry of it. The key of the root is the empty text. */
export interface LockedPackage {
  version?: string;
  integrity?: string;
  resolved?: string;
  /** A folder of this checkout. */
  link?: boolean;
  /** Comes inside the package of the folder above, and is covered by its integrity. */
  inBundle?: boolean;
  hasInstallScript?: boolean;
  dev?: boolean;
}

/** What the checks read of our own package.json. */
export interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  /** By name: whether a package's install script may run. */
  allowScripts: Record<string, boolean>;
}

const FOLDER = 'node_modules/';

/** The packages that come from a registry, with their names. */
export function packagesOf({ packages }: LockFile): { name: string; place: string; entry: LockedPackage }[] {
  return Object.entries(packages)
    .filter(([place, { link }]) => place.includes(FOLDER) && !link)
    .map(([place, entry]) => ({ name: place.slice(place.lastIndexOf(FOLDER) + FOLDER.length), place, entry }));
}
