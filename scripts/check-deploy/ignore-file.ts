import { matchesGlob } from 'node:path';

/** Says whether a path (from the root, with slashes) is kept out of the build. */
export type Ignores = (path: string) => boolean;

/** Reads a .dockerignore: the last pattern that names a path or a folder above it decides. */
export function parseIgnoreFile(text: string): Ignores {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isKept: line.startsWith('!'), glob: line.replace(/^!/, '').replace(/^\/|\/$/g, '') }));
  return (path) => {
    const last = patterns.findLast(({ glob }) => withParents(path).some((one) => matchesGlob(one, glob)));
    return last !== undefined && !last.isKept;
  };
}

function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, place) => parts.slice(0, place + 1).join('/'));
}
