import { build as tsdown } from 'tsdown';
import { BUNDLED, DEPENDENCIES, ENTRIES, OPTIONAL_PEERS, TARGET } from './entries.ts';

/**
 * Builds all entry points as ES modules and as CommonJS, with types for both. What two of them share is a file of its
 * own, so that a class has one identity however it was reached.
 *
 * @param root folder of the repository.
 * @param outDir is emptied first.
 * @throws Error if anything can't be parsed or found, or if a package would be bundled that users should install. Types
 *   are not checked; `npm run check` does that.
 */
export async function buildLibrary({ root, outDir }: { root: string; outDir: string }): Promise<void> {
  await tsdown({
    cwd: root,
    config: false,
    logLevel: 'error',
    failOnWarn: true,
    entry: Object.fromEntries(ENTRIES.map(({ name, source }) => [name, source])),
    outDir,
    format: ['esm', 'cjs'],
    dts: { sourcemap: false },
    platform: 'neutral',
    target: TARGET,
    deps: {
      neverBundle: [/^node:/, ...DEPENDENCIES, ...OPTIONAL_PEERS],
      alwaysBundle: [...BUNDLED],
      onlyBundle: [...BUNDLED],
    },
    // What tsdown would do to the repository's own package.json.
    exports: false,
    report: false,
    // CommonJS is what Stream Deck plugins of today are bundled as. That a build was slow is no fault of it.
    checks: { legacyCjs: false, bundlerTimings: false },
  });
}
