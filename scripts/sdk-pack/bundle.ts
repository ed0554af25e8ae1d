import { join } from 'node:path';
import { type OutputChunk, type RolldownOptions, rolldown } from 'rolldown';
import { OPTIONAL_PEERS } from './entries.ts';

/** What to bundle, and how. */
export interface BundleOptions {
  /** Source text of the bundle's only entry. */
  code: string;
  /** Where its relative imports start. */
  from: string;
  /** Folder of a `node_modules` that has what the package depends on. */
  root: string;
  minify?: boolean;
  /** Names of globals, and what to put in their place. */
  define?: Record<string, string>;
}

/**
 * Bundles a program for browsers into one ES module, as a user's bundler would: dependencies included, optional peers not.
 *
 * @throws Error if anything it imports isn't there. What only Node has is left as an import.
 */
export async function bundle({ code, from, root, minify = false, define = {} }: BundleOptions): Promise<OutputChunk> {
  const input = join(from, 'telemy-bundle-entry.js');
  const options: RolldownOptions = {
    input,
    cwd: from,
    platform: 'browser',
    external: [/^node:/, ...OPTIONAL_PEERS],
    resolve: { modules: ['node_modules', join(root, 'node_modules')] },
    transform: { define },
    logLevel: 'silent',
    onLog(_level, log) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
    },
    plugins: [
      {
        name: 'entry-from-text',
        resolveId: (id) => (id === input ? id : null),
        load: (id) => (id === input ? code : null),
      },
    ],
  };
  await using bundled = await rolldown(options);
  const { output } = await bundled.generate({ format: 'es', minify, codeSplitting: false });
  return output[0];
}
