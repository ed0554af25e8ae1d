/**
 * Everything that holds the service against its contract: Dredd and Prism, the tests of each operation, the contract's
 * lint and mock. Run by `npm run test:contract`; at the end a table of who got which declared answer. Ends with 1 when a
 * test fails or when nobody got one of the answers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { formatTable } from '../src/table.ts';
import { ANSWERS_FILE, declaredAnswers, type GivenAnswers } from '../test/support/given-answers.ts';
import { coverageOf } from './test-contract/coverage.ts';

const { jobs } = new Command('test:contract')
  .description('Runs all contract tests and prints which suite got which declared answer.')
  .option('--jobs <count>', 'how many files of tests run at a time', readCount, 3)
  .parse()
  .opts<{ jobs: number }>();

const ROOT = resolve(import.meta.dirname, '..');
const MOCHA = resolve(ROOT, 'node_modules/mocha/bin/mocha.js');
const SPECS = ['test/contract/**/*.test.ts', 'test/operations/**/*.test.ts'];

const folder = await mkdtemp(join(tmpdir(), 'telemy-contract-'));
try {
  const file = join(folder, 'answers.json');
  const failed = (await runMocha(file)) !== 0;
  const answers = JSON.parse(await readFile(file, 'utf8').catch(noAnswers)) as GivenAnswers;
  const complete = report(answers);
  if (failed) console.log('Some tests failed: see above.');
  process.exitCode = failed || !complete ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Prints each file's tests as soon as it is done. Returns the exit code; after a signal 1. */
async function runMocha(answersFile: string): Promise<number> {
  const args = [MOCHA, '--parallel', '--jobs', String(jobs), '--posix-exit-codes', ...SPECS];
  const mocha = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, [ANSWERS_FILE]: answersFile },
  });
  // The terminal sends Ctrl-C to both; what it started is mocha's to end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void mocha.kill(signal));
  const [code] = (await once(mocha, 'close')) as [number | null];
  return code ?? 1;
}

/** Whether somebody got each declared answer. */
function report({ dredd, prism, mocha }: GivenAnswers): boolean {
  const { rows, missing, declared, bySuite } = coverageOf(declaredAnswers(), { dredd, prism, mocha });
  console.log(`\n${formatTable(rows, process.stdout.hasColors?.() ?? false)}`);
  console.log('D Dredd, P Prism (successes only), M mocha (test/operations), !! nobody');
  console.log(`Dredd ${bySuite.dredd}, Prism ${bySuite.prism}, mocha ${bySuite.mocha}`);
  console.log(`${declared - missing.length} of ${declared} pairs of operation and status`);
  if (missing.length > 0) {
    console.log(`Nobody got:\n  ${missing.join('\n  ')}`);
    console.log('Add a test as test/operations/<operation>/<status>.test.ts, and a request to test/contract.');
  }
  return missing.length === 0;
}

function noAnswers(cause: Error): never {
  throw new Error('The tests ended before they said what they got. Read what they printed above.', { cause });
}

function readCount(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 99.');
  return Number(text);
}
