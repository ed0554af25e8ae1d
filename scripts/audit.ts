/**
 * Looks at what we depend on: whether each runtime dependency has its reason, its version and its digest, whether install
 * scripts are decided on, and, where the registry answers that, what is known against the packages. Run by `npm run audit`.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { formatTable } from '../src/table.ts';
import { type Answer, askRegistry, SEVERITIES, type Severity } from './audit/advisories.ts';
import { checkLocally } from './audit/local-checks.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ADVICE =
  'Ask where the registry knows advisories (the public one does): `npm run audit` there, or look them up by hand.';

const { offline, all, level } = new Command('audit')
  .description('Looks at what we depend on, and asks the registry what is known against it.')
  .option('--offline', 'ask nobody: only what this checkout tells')
  .option('--all', 'ask about what is for development only, too')
  .addOption(new Option('--level <severity>', 'the least that counts as a fault').choices(SEVERITIES).default('high'))
  .addHelpText(
    'after',
    '\nEnds with 0 when all is well, 1 when there are faults, 2 when the registry could not be asked.',
  )
  .parse()
  .opts<{ offline?: true; all?: true; level: Severity }>();

const results = checkLocally({
  manifest: JSON.parse(read('package.json')),
  lock: JSON.parse(read('package-lock.json')),
  readme: read('README.md'),
});
print(results.map(({ name, looked, faults }) => ({ check: name, 'looked at': looked, faults: faults.length })));
for (const fault of results.flatMap(({ faults }) => faults)) console.log(`- ${fault}`);
const hasFaults = results.some(({ faults }) => faults.length > 0);
process.exitCode = Math.max(hasFaults ? 1 : 0, offline ? 0 : await tell(askRegistry(ROOT, { all: all === true })));

/** Prints what the registry said; returns the exit code. */
async function tell(answer: Answer): Promise<number> {
  if ('unasked' in answer) {
    console.log(`\nNot asked: what is known against these packages.\nWhy: ${answer.unasked}\n${ADVICE}`);
    return hasFaults ? 1 : 2;
  }
  const { advisories } = answer;
  console.log(`\nThe registry knows of ${advisories.length} packages with advisories.`);
  if (advisories.length > 0) {
    print(
      advisories.map(({ name, severity, range, titles, hasFix }) => ({
        package: name,
        severity,
        versions: range,
        what: titles.join('; '),
        fix: hasFix ? 'yes' : 'no',
      })),
    );
  }
  return advisories.some(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(level)) ? 1 : 0;
}

function print(rows: object[]): void {
  console.log(formatTable(rows, process.stdout.hasColors?.() ?? false));
}

function read(file: string): string {
  return readFileSync(resolve(ROOT, file), 'utf8');
}
