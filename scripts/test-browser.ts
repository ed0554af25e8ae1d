/**
 * The tests in a real browser alone, and pictures of the pages they open. Run by `npm run test:browser`. It takes a
 * Chromium or Chrome of the system (CHROMIUM_PATH names another), else the one that npm installed.
 */
import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { formatTable } from '../src/table.ts';

const { screenshots } = new Command('test:browser')
  .description('Runs the tests in a browser.')
  .option('--screenshots <folder>', 'write a picture of each page in each width and scheme there')
  .parse()
  .opts<{ screenshots?: string }>();

const MOCHA = resolve(import.meta.dirname, '../node_modules/mocha/bin/mocha.js');

const folder = screenshots && resolve(screenshots);
const startedAt = Date.now();
const { status } = spawnSync(process.execPath, [MOCHA, 'test/browser/**/*.{test,long}.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SCREENSHOTS_DIR: folder },
});
process.exitCode = status ?? 1;
if (folder) await printPictures(folder);

async function printPictures(folder: string): Promise<void> {
  const pictures: object[] = [];
  for (const name of (await readdir(folder)).filter((name) => name.endsWith('.png')).sort()) {
    const { mtimeMs, size } = await stat(join(folder, name));
    // Others may lie there from before.
    if (mtimeMs >= startedAt) pictures.push({ picture: name, kilobytes: Math.ceil(size / 1000) });
  }
  console.log(`${pictures.length} pictures in ${folder}`);
  if (pictures.length > 0) console.log(formatTable(pictures, process.stdout.hasColors?.() ?? false));
}
