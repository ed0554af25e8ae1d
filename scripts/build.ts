/**
 * Compiles the service to plain JavaScript in dist/, with the files that it reads at run time beside it, for images and
 * machines that have the production dependencies alone. Run by `npm run build`.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { copyAssets } from './build/assets.ts';
import { emptyOutput, measure } from './build/output.ts';
import { compile } from './build/typescript.ts';

const ROOT = resolve(import.meta.dirname, '..');

const { out } = new Command('build')
  .description('Compiles the service into plain JavaScript, with the files that it reads at run time.')
  .option('--out <folder>', 'where to', resolve(ROOT, 'dist'))
  .addHelpText('after', '\nTypes are checked by `npm run check`, not here. Start it with: node dist/src/main.js')
  .parse()
  .opts<{ out: string }>();

const folder = resolve(out);
try {
  await emptyOutput(folder);
  console.error('Compiling …');
  await compile(ROOT, folder);
  const assets = await copyAssets(ROOT, folder);
  const { files, bytes } = await measure(folder);
  console.log(`${files} files (${assets.length} of them copied), ${Math.ceil(bytes / 1024)} KiB, in ${folder}`);
} catch (error) {
  console.error(`The build failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
