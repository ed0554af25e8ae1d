/**
 * Lets many plugins live for a while against the real service, and judges whether its memory and handles stay flat and
 * nothing goes wrong. Run by `npm run soak`; exits with 1 when a check fails.
 */
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import ora from 'ora';
import { isGood, toFigures, toText, writeReport } from './soak/report.ts';
import { runSoak } from './soak/run.ts';

interface Options {
  minutes: number;
  plugins: number;
  seed: number;
  processes: number;
  faults: boolean;
  output: string;
  json?: boolean;
}

const options = new Command('soak')
  .description('Lets plugins live against API, worker and PostgreSQL, and watches memory, handles and latencies.')
  .option('--minutes <count>', 'how long they live', readCount, 30)
  .option('--plugins <count>', 'how many', readCount, 500)
  .option('--processes <count>', 'processes that they are spread over', readCount, 2)
  .option('--seed <number>', 'decides what they do and when', readCount, 1)
  .option('--no-faults', 'neither the API nor the database is restarted on the way')
  .option('--output <folder>', 'where soak.html (charts) and soak.json (all samples) go', join('.data', 'soak'))
  .option('--json', 'JSON instead of tables')
  .addHelpText(
    'after',
    '\nMemory is judged after a warm-up and after the restarts: use at least 6 minutes, or 4 with --no-faults.',
  )
  .parse()
  .opts<Options>();

const { json = false, output } = options;
const spinner = ora({ isSilent: json }).start();
try {
  const soak = await runSoak(options, (text) => {
    spinner.text = text;
  });
  const page = await writeReport(soak, output);
  if (isGood(soak)) spinner.succeed(`Every check is passed. Charts: ${page}`);
  else spinner.fail(`A check failed. Charts: ${page}`);
  console.log(json ? JSON.stringify(toFigures(soak, false)) : toText(soak, process.stdout.hasColors?.() ?? false));
  if (!isGood(soak)) process.exitCode = 1;
} finally {
  spinner.stop();
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
