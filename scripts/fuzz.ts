/**
 * Sends random requests, made from the contract, to applications of its own, and looks at every answer (test/fuzz): three
 * quarters of them each for itself, the others in sequences that use what earlier answers told. Run by `npm run fuzz`; ends with 1 at
 * the first answer that must not be, and prints the requests as lines for a shell.
 */
import { randomInt } from 'node:crypto';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import ora from 'ora';
import { runFuzz } from '../test/fuzz/run.ts';
import type { FuzzFailure, Tally } from '../test/fuzz/tally.ts';
import { closeTestRun } from '../test/support/test-run.ts';

const { requests, seed, path } = new Command('fuzz')
  .description('Sends random requests, alone and in sequences, to applications of its own and looks at every answer.')
  .option('--requests <count>', 'how many; a quarter of them in sequences', readCount, 20_000)
  .option('--seed <number>', 'what the requests follow from; a random one by default', readCount)
  .option('--path <path>', 'plays one sequence again: the path that its failure printed beside its seed', readPath)
  .parse()
  .opts<{ requests: number; seed?: number; path?: string }>();

const chosen = seed ?? randomInt(2 ** 31);
const again = path === undefined ? `--requests ${requests}` : `--path ${path}`;
console.log(`Seed ${chosen}: repeat this run with --seed ${chosen} ${again}`);
const spinner = ora('Starting applications').start();
try {
  const startedAt = Date.now();
  const rate = (done: number) => `${Math.round(done / ((Date.now() - startedAt) / 1000))}/s`;
  const tally = await runFuzz({
    singles: Math.floor(requests * 0.75),
    inSequences: Math.ceil(requests * 0.25),
    seed: chosen,
    path,
    onProgress(done) {
      spinner.text = `${done} of ${requests} requests (${rate(done)})`;
      if (!spinner.isEnabled && done % 5_000 === 0) console.log(spinner.text);
    },
  });
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  if (tally.failure) {
    spinner.fail(`After ${tally.sent} requests: ${tally.failure.fault}`);
    console.log(describe(tally.failure));
    process.exitCode = 1;
  } else {
    spinner.succeed(`${tally.sent} requests in ${seconds} s (${rate(tally.sent)}), each answered as the contract says`);
  }
  console.log(toTable(tally));
  if (tally.sequences.size > 0) console.log(toLengths(tally));
} finally {
  await closeTestRun();
}

function describe({ answer, replay, again: how }: FuzzFailure): string {
  const lines = replay.length === 0 ? [] : ['What was sent:', ...replay.map((line) => shorten(line)), ''];
  const command = how ? [`See it again with: npm run fuzz -- --seed ${how.seed} --path ${how.path}`] : [];
  return [...(how ? [] : [answer, '']), ...lines, ...command].join('\n');
}

/** Answers are there to be skimmed; requests have to be whole. */
function shorten(line: string): string {
  return line.startsWith('#') && !line.startsWith('# log') && line.length > 600 ? `${line.slice(0, 600)} …` : line;
}

function toTable({ histogram }: Tally): string {
  const statuses = [...new Set([...histogram.values()].flatMap((counts) => [...counts.keys()]))].sort();
  const table = newTable(['operation', ...statuses.map(String)]);
  for (const [name, counts] of [...histogram].sort()) {
    table.push([name, ...statuses.map((status) => counts.get(status) ?? '')]);
  }
  return table.toString();
}

/** How many sequences had how many steps. */
function toLengths({ sequences }: Tally): string {
  const ranges = [1, 6, 11, 16, 21, 26, 31].map((from) => {
    const within = [...sequences].filter(([steps]) => steps >= from && steps < from + 5);
    return { name: `${from}–${from + 4}`, count: within.reduce((sum, [, times]) => sum + times, 0) };
  });
  const table = newTable(['steps', ...ranges.map(({ name }) => name)]);
  table.push(['sequences', ...ranges.map(({ count }) => count)]);
  return table.toString();
}

function newTable(head: string[]) {
  return new Table({
    head,
    colAligns: ['left', ...head.slice(1).map(() => 'right' as const)],
    style: process.stdout.hasColors?.() ? { head: ['bold'], border: ['grey'] } : { head: [], border: [] },
  });
}

function readPath(text: string): string {
  if (!/^\d+(?::\d+)*$/.test(text)) throw new InvalidArgumentError('It must be numbers with colons between them.');
  return text;
}

function readCount(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
