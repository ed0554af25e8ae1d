/**
 * The tests that hold random runs, with many more of them than `npm test` has time for: every property, every race, the
 * storm over EC2, the fuzzer, and the soak. Run by `npm run test:long`; takes an hour and a half on two cores. A failure prints the seed that
 * repeats it, where there is one.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

const { factor, requests, soakMinutes } = new Command('test:long')
  .description('Runs the properties, the races, the storm over EC2, the fuzzer and the soak at length.')
  .option('--factor <count>', 'how many times the usual number of samples', readCount, 20)
  .option('--requests <count>', 'how many requests the fuzzer sends', readCount, 50_000)
  .option('--soak-minutes <count>', 'how long the soak takes', readCount, 30)
  .parse()
  .opts<{ factor: number; requests: number; soakMinutes: number }>();

const MOCHA = resolve(import.meta.dirname, '../node_modules/mocha/bin/mocha.js');
const FUZZ = resolve(import.meta.dirname, 'fuzz.ts');
const SOAK = resolve(import.meta.dirname, 'soak.ts');

const steps: [name: string, args: string[], env: Record<string, string>][] = [
  [`properties, ${factor} times as many samples`, [MOCHA, 'test/properties/**/*.test.ts'], { FC_RUNS: String(factor) }],
  [`races, ${factor} times as many rounds`, [MOCHA, 'test/concurrency/**/*.test.ts'], { FC_RUNS: String(factor) }],
  [
    '300 relays at EC2 in a storm',
    [MOCHA, 'test/crash/fleet-storm.test.ts'],
    { STORM_SESSIONS: '300', STORM_KILLS: '10' },
  ],
  [`${requests} random requests`, [FUZZ, '--requests', String(requests)], {}],
  [`500 plugins for ${soakMinutes} minutes`, [SOAK, '--minutes', String(soakMinutes)], {}],
];
for (const [name, args, env] of steps) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exitCode = 1;
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
