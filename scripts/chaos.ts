/**
 * Lets things go wrong, by chance but repeatably, around processes of the service that work on real traffic, and looks after each
 * round at what must hold (test/support/chaos). Run by `npm run chaos`; ends with 1 at the first round that broke something, and
 * says how to repeat it.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import ora from 'ora';
import type { Fault } from '../test/support/chaos/fault.ts';
import { FAULTS } from '../test/support/chaos/faults.ts';
import type { RoundResult } from '../test/support/chaos/round.ts';
import { runChaos } from '../test/support/chaos/run.ts';
import { POSTGRES_BIN } from '../test/support/ops/cluster.ts';
import { endOnSignals } from '../test/support/signals.ts';
import { beginTestRun, closeTestRun } from '../test/support/test-run.ts';
import { progressHead, progressLine, summaryTable } from './chaos/report.ts';
import { findNeeds } from './test-ops/needs.ts';

const list = FAULTS.map(({ name, what }) => `  ${name.padEnd(19)}${what}`).join('\n');
const command = new Command('chaos')
  .description(
    'Runs APIs, workers, PostgreSQL with a standby, relays and plugins, and lets one thing after another go wrong.',
  )
  .option('--rounds <count>', 'how many rounds; each has one or two faults', readCount, 100)
  .option('--seed <number>', 'what the faults and the traffic follow from; a random one by default', readCount)
  .option('--faults <names>', 'only these, with commas between them (default: all)', readFaults)
  .option('--apis <count>', 'API processes', readCount, 2)
  .option('--workers <count>', 'workers', readCount, 2)
  .option('--plugins <count>', 'simulated devices, each on an account of its own', readCount, 8)
  .option('--no-standby', "without Debian's PostgreSQL and its standby: leaves out the faults that need them")
  .option('--json', 'one JSON object per round on standard output, and nothing else')
  .addHelpText('after', `\nFaults:\n${list}`)
  .parse();
const options = command.opts<{
  rounds: number;
  seed?: number;
  faults?: readonly Fault[];
  apis: number;
  workers: number;
  plugins: number;
  standby: boolean;
  json?: true;
}>();

const { faults = FAULTS } = options;
const seed = options.seed ?? randomInt(2 ** 31);
const logsDir = await mkdtemp(join(tmpdir(), 'telemy-chaos-logs-'));
const say = options.json ? () => undefined : (text: string) => console.log(text);
if (options.standby) assertPostgres();

await beginTestRun();
endOnSignals(closeTestRun);
const spinner = ora({ text: 'Starting processes', isSilent: options.json ?? !process.stderr.isTTY }).start();
const results: RoundResult[] = [];
try {
  await runChaos({ ...options, faults, seed, logsDir, onRound });
  spinner.stop();
  say(`\n${summaryTable(results, FAULTS, process.stdout.hasColors?.() ?? false)}`);
  const bad = results.find(({ broken }) => broken.length > 0);
  if (bad) reportBad(bad);
  else say(`${results.length} rounds, all good.`);
} catch (error) {
  spinner.stop();
  console.error(`${(error as Error).message}\n${repeat(results.length + 1)}`);
  process.exitCode = 1;
} finally {
  await closeTestRun();
}

function onRound(result: RoundResult): void {
  results.push(result);
  if (options.json) {
    console.log(JSON.stringify({ seed, ...result }));
    return;
  }
  spinner.stop();
  if (results.length === 1) say(`Seed ${seed}\n${progressHead()}`);
  say(progressLine(result));
  spinner.start(`Round ${results.length + 1} of ${options.rounds}`);
}

function reportBad({ round, faults: names, broken }: RoundResult): void {
  const lines = broken.slice(0, 20).map(({ invariant, message }) => `- ${invariant}: ${message}`);
  console.error(`\nSeed ${seed}, round ${round}, ${names.join(' + ')}:\n${lines.join('\n')}\n${repeat(round)}`);
  process.exitCode = 1;
}

function repeat(round: number): string {
  const names = faults === FAULTS ? '' : ` --faults ${faults.map(({ name }) => name).join(',')}`;
  return `Logs: ${logsDir}\nRepeat it with: npm run chaos -- --seed ${seed} --rounds ${round}${names}`;
}

function assertPostgres(): void {
  const [postgres] = findNeeds(['chaos'], process.env.PATH ?? '');
  if (postgres?.missing.length === 0) return;
  command.error(
    `There is no PostgreSQL 15 in ${POSTGRES_BIN}. Install Debian's postgresql-15 (.ci/install-packages does), or leave out what needs it with --no-standby.`,
  );
}

function readFaults(text: string): readonly Fault[] {
  return text.split(',').map((name) => {
    const fault = FAULTS.find((one) => one.name === name.trim());
    if (!fault) throw new InvalidArgumentError(`There is no fault "${name}". --help lists them.`);
    return fault;
  });
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
