import { gzipSync } from 'node:zlib';
import { bundle } from './bundle.ts';
import { ENTRIES, type Entry, WEB_ENTRIES } from './entries.ts';

/** What may be loaded, in bytes of minified and compressed code. */
const BUDGETS = { core: 12_000, whole: 40_000 };

/** How much a user loads. */
export interface Size {
  /** Entry point, or what is measured else. */
  entry: string;
  /** Bytes, minified. */
  min: number;
  /** Bytes, minified and compressed by gzip at its best. */
  gzip: number;
  /** Most bytes that `gzip` may be; nothing where there is no limit. */
  budget: number | undefined;
}

/**
 * Measures each entry point by itself with everything it exports, and all that run in a browser together. What they
 * depend on is included.
 *
 * @param lib folder of the built files.
 * @param root folder of a `node_modules` that has what they depend on.
 */
export async function measure({ lib, root }: { lib: string; root: string }): Promise<Size[]> {
  const single = ENTRIES.map((entry) => ({
    entry: entry.subpath,
    entries: [entry],
    budget: entry.subpath === '.' ? BUDGETS.core : undefined,
  }));
  const whole = { entry: 'all but ./node', entries: WEB_ENTRIES, budget: BUDGETS.whole };
  return Promise.all(
    [...single, whole].map(async ({ entry, entries, budget }) => {
      const { code } = await bundle({ code: exportAll(entries), from: lib, root, minify: true });
      return { entry, min: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length, budget };
    }),
  );
}

/** What is over its budget, as text. */
export function findOversize(sizes: readonly Size[]): string[] {
  return sizes.flatMap(({ entry, gzip, budget }) =>
    budget !== undefined && gzip > budget
      ? [`${entry} is ${kilobytes(gzip)} compressed; its budget is ${kilobytes(budget)}.`]
      : [],
  );
}

/** A size for people; a kB is 1,000 bytes. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(2)} kB`;
}

function exportAll(entries: readonly Entry[]): string {
  return entries.map(({ name }) => `export * as ${name} from './${name}.js';`).join('\n');
}
