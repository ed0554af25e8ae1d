/**
 * Builds the package of the SDK, with its tarball, and checks it: how big it is, whether it runs in browsers, and whether
 * everyone who installs it gets its types. Ends with 1 when anything is wrong.
 */
import { relative, resolve } from 'node:path';
import { Command } from 'commander';
import { formatTable } from '../src/table.ts';
import { spin, stopSpinner } from './demo/spinner.ts';
import { lintTarball } from './sdk-pack/lint.ts';
import { findNodeOnly } from './sdk-pack/node-only.ts';
import { packSdk } from './sdk-pack/pack.ts';
import { findOversize, kilobytes, measure, type Size } from './sdk-pack/sizes.ts';

const ROOT = resolve(import.meta.dirname, '..');

const { out, json } = new Command('sdk:pack')
  .description('Builds, packs and checks @telemy/control-plane-sdk.')
  .option('--out <folder>', 'where the package goes', 'dist/sdk')
  .option('--json', 'write the result as JSON')
  .parse()
  .opts<{ out: string; json?: boolean }>();

try {
  const onStep = (step: string) => json || spin(`SDK: ${step}`);
  const { lib, tarball } = await packSdk({ root: ROOT, out: resolve(out), onStep });
  onStep('measuring');
  const sizes = await measure({ lib, root: ROOT });
  onStep('checking');
  const found = await Promise.all([findNodeOnly({ lib, root: ROOT }), lintTarball(tarball)]);
  const problems = [...findOversize(sizes), ...found.flat()];
  stopSpinner();
  if (json) console.log(JSON.stringify({ tarball, sizes, problems }, null, 2));
  else report(tarball, sizes, problems);
  if (problems.length > 0) process.exitCode = 1;
} catch (error) {
  stopSpinner();
  const { message } = error as Error;
  if (json) console.log(JSON.stringify({ problems: [message] }, null, 2));
  else console.error(`The SDK could not be packed: ${message}`);
  process.exitCode = 1;
}

function report(tarball: string, sizes: readonly Size[], problems: readonly string[]): void {
  const rows = sizes.map(({ entry, min, gzip, budget }) => ({
    'entry point': entry,
    min: kilobytes(min),
    'min+gzip': kilobytes(gzip),
    budget: budget === undefined ? '' : kilobytes(budget),
  }));
  console.log(formatTable(rows, process.stdout.hasColors?.() ?? false));
  console.log(relative('', tarball));
  for (const problem of problems) console.error(`✗ ${problem}`);
}
