/**
 * Sends random requests, made from the contract, to an application of its own, and looks at every answer (test/fuzz).
 * Run by `npm run fuzz`; ends with 1 at the first answer that must not be, and prints the request as a line for a shell.
 */
import { randomInt } from 'node:crypto';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import ora from 'ora';
import { type FuzzResult, runFuzz } from '../test/fuzz/run.ts';
import { closeTestRun } from '../test/support/test-run.ts';

const { requests, seed } = new Command('fuzz')
  .description('Sends random requests to an application of its own and looks at every answer.')
  .option('--requests <count>', 'how many', readCount, 20_000)
  .option('--seed <number>', 'what the requests follow from; a random one by default', readCount)
  .parse()
  .opts<{ requests: number; seed?: number }>();

const chosen = seed ?? randomInt(2 ** 31);
console.log(`Seed ${chosen}: repeat this run with --requests ${requests} --seed ${chosen}`);
const spinner = ora('Starting an application').start();
try {
  const startedAt = Date.now();
  const result = await runFuzz({
    requests,
    seed: chosen,
    onProgress(done) {
      const rate = Math.round(done / ((Date.now() - startedAt) / 1000));
      spinner.text = `${done} of ${requests} requests (${rate}/s)`;
    },
  });
  if (result.failure) {
    const { fault, curl, answer } = result.failure;
    spinner.fail(`After ${result.sent} requests: ${fault}\n${answer}\n\nReplay with:\n${curl}\n`);
    process.exitCode = 1;
  } else {
    spinner.succeed(`${result.sent} requests, each answered as the contract says`);
  }
  console.log(toTable(result));
} finally {
  await closeTestRun();
}

function toTable({ histogram }: FuzzResult): string {
  const statuses = [...new Set([...histogram.values()].flatMap((counts) => [...counts.keys()]))].sort();
  const table = new Table({
    head: ['operation', ...statuses.map(String)],
    colAligns: ['left', ...statuses.map(() => 'right' as const)],
    style: process.stdout.hasColors?.() ? { head: ['bold'], border: ['grey'] } : { head: [], border: [] },
  });
  for (const [name, counts] of [...histogram].sort()) {
    table.push([name, ...statuses.map((status) => counts.get(status) ?? '')]);
  }
  return table.toString();
}

function readCount(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
