/**
 * Lets things go wrong, by chance but repeatably, around processes of the service that work on real traffic, and looks after each
 * round at what must hold (test/support/chaos). Run by `npm run chaos`; ends with 1 at the first round that broke something or
 * is stuck, and says how to repeat it.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ora from 'ora';
import { FAULTS } from '../test/support/chaos/faults.ts';
import type { RoundResult } from '../test/support/chaos/round.ts';
import { runChaos } from '../test/support/chaos/run.ts';
import { endOnSignals } from '../test/support/signals.ts';
import { beginTestRun, closeTestRun } from '../test/support/test-run.ts';
import { readOptions } from './chaos/options.ts';
import { estimateLeft, progressHead, progressLine, summaryTable, toFigures } from './chaos/report.ts';

const options = readOptions();
const { faults = FAULTS } = options;
const seed = options.seed ?? randomInt(2 ** 31);
const usable = faults.filter(({ needsStandby }) => options.standby || !needsStandby);
const logsDir = await mkdtemp(join(tmpdir(), 'telemy-chaos-logs-'));
const say = options.json ? () => undefined : (text: string) => console.log(text);
const spinner = ora({ text: 'Starting processes', isSilent: options.json ?? !process.stderr.isTTY });
const results: RoundResult[] = [];
let isEnding = false;

await beginTestRun();
endOnSignals(async () => {
  isEnding = true;
  spinner.stop();
  summarise(`Ended in round ${results.length + 1}, which tells nothing.`);
  await close();
});
// Whatever it is, nothing that was started may stay behind.
process.once('uncaughtException', async (error) => {
  fail(`${error.stack}\n${repeat(results.length + 1)}`);
  await close().finally(() => process.exit(1));
});
spinner.start();
try {
  await runChaos({ ...options, faults, seed, logsDir, roundLimitMs: options.roundLimit * 1000, onRound });
  spinner.stop();
  const bad = results.find(({ broken }) => broken.length > 0);
  summarise(`${results.length} rounds, ${bad ? 'the last one bad' : 'all good'}.`);
  if (bad) reportBad(bad);
} catch (error) {
  // What is ended by a signal fails on its way, and nobody has to know.
  if (!isEnding) {
    summarise(`${results.length} rounds were good.`);
    fail(`${(error as Error).message}\n${repeat(results.length + 1)}`);
  }
}
if (!isEnding) {
  await close();
  // A round that is stuck would keep this process.
  process.exit();
}

function onRound(result: RoundResult): void {
  results.push(result);
  const leftMs = estimateLeft(results, options.rounds);
  if (options.json) {
    console.log(JSON.stringify({ type: 'round', seed, ...result, leftMs }));
    return;
  }
  spinner.stop();
  if (results.length === 1) say(`Seed ${seed}\n${progressHead()}`);
  say(progressLine(result, options.rounds, leftMs));
  spinner.start(`Round ${results.length + 1} of ${options.rounds}`);
}

function summarise(verdict: string): void {
  const figures = toFigures(results, usable);
  if (options.json) console.log(JSON.stringify({ type: 'run', seed, verdict, ...figures }));
  if (results.length > 0) say(`\n${summaryTable(figures, process.stdout.hasColors?.() ?? false)}`);
  if (figures.missing.length > 0) say(`Did not come: ${figures.missing.join(', ')}.`);
  say(`${verdict} They took ${(figures.tookMs / 60_000).toFixed(1)} min.`);
}

function reportBad({ round, faults: names, broken }: RoundResult): void {
  const lines = broken.slice(0, 20).map(({ invariant, message }) => `- ${invariant}: ${message}`);
  const more = broken.length > lines.length ? `\nand ${broken.length - lines.length} more` : '';
  fail(`\nSeed ${seed}, round ${round}, ${names.join(' + ')}:\n${lines.join('\n')}${more}\n${repeat(round)}`);
}

function fail(text: string): void {
  spinner.stop();
  console.error(text);
  process.exitCode = 1;
}

/** Removes the folder of the logs where there are none. */
async function close(): Promise<void> {
  await closeTestRun();
  await rmdir(logsDir).catch((error) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
  });
}

function repeat(round: number): string {
  const names = options.faults ? ` --faults ${faults.map(({ name }) => name).join(',')}` : '';
  const { together, alone, standby, apis, workers, plugins } = options;
  const flags = [together && '--together', alone && '--alone', !standby && '--no-standby'].filter(Boolean).join(' ');
  const more = `${names} --apis ${apis} --workers ${workers} --plugins ${plugins} ${flags}`.trimEnd();
  return `Logs: ${logsDir}\nRepeat it with: npm run chaos -- --seed ${seed} --rounds ${round}${more}`;
}
