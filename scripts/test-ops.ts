/**
 * The tests against real programs of the operating system: Debian's PostgreSQL, PgBouncer and so on. Run by
 * `npm run test:ops`, which first says what of that is missing; `npm test` needs none of it.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { formatTable } from '../src/table.ts';
import { type FoundNeed, findNeeds } from './test-ops/needs.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MOCHA = resolve(ROOT, 'node_modules/mocha/bin/mocha.js');
const SUFFIX = '.test.ts';

const command = new Command('test:ops')
  .description('Runs the tests against PostgreSQL, PgBouncer and other programs as Debian packs them.')
  .argument('[test...]', 'files of test/ops, such as `pgbouncer` (default: all of them)')
  .option('--missing', 'only print the packages that are missing, one per line, and end with 0')
  .option('--grep <words>', 'only tests whose titles have these words')
  .parse();
const { missing: onlyMissing, grep } = command.opts<{ missing?: true; grep?: string }>();

const files = chooseFiles(command.args.map((name) => basename(name, SUFFIX)));
const needs = findNeeds(
  files.map((file) => basename(file, SUFFIX)),
  process.env.PATH ?? '',
);
const packages = needs.filter(({ missing }) => missing.length > 0).map((need) => need.package);
if (onlyMissing) for (const name of packages) console.log(name);
else if (packages.length > 0) refuse();
else process.exitCode = runTests();

function chooseFiles(names: string[]): string[] {
  const all = globSync(`test/ops/**/*${SUFFIX}`, { cwd: ROOT }).sort();
  const known = all.map((file) => basename(file, SUFFIX));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) command.error(`test/ops has no ${unknown.join(', ')}. It has: ${known.join(', ')}.`);
  return names.length === 0 ? all : all.filter((file) => names.includes(basename(file, SUFFIX)));
}

function refuse(): void {
  printNeeds(needs);
  console.error(
    `\n${packages.length} of ${needs.length} packages are missing. On Debian 12:\n\n` +
      `  apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}\n\n` +
      '`.ci/install-packages` does that without starting any of their services.\n' +
      'Elsewhere run it in a container: docker run --rm -it -v "$PWD":/checkout -w /checkout node:24-bookworm .ci/run',
  );
  process.exitCode = 1;
}

function runTests(): number {
  printNeeds(needs);
  // One file at a time: each has clusters and processes of its own.
  const args = [MOCHA, ...(grep === undefined ? [] : ['--fgrep', grep]), ...files];
  return spawnSync(process.execPath, args, { stdio: 'inherit', cwd: ROOT }).status ?? 1;
}

function printNeeds(needs: readonly FoundNeed[]): void {
  const rows = needs.flatMap(({ package: name, missing, found, usedBy }) =>
    [...found, ...missing].map((program, place) => ({
      // Said once for all of its programs.
      package: place === 0 ? name : '',
      program,
      state: missing.includes(program) ? 'missing' : 'there',
      'used by': place > 0 ? '' : usedBy === 'all' ? 'all' : usedBy.join(', '),
    })),
  );
  console.log(formatTable(rows, process.stdout.hasColors?.() ?? false));
}
