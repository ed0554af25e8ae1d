/** Measures the service against itself on this machine. Run by `npm run bench -- NAME`; nothing of it is a test. */
import { Command, InvalidArgumentError } from 'commander';
import { benchCapacity } from './bench/capacity.ts';
import { benchGrowth } from './bench/growth.ts';
import { benchOnePostgres } from './bench/one-postgres.ts';
import { benchPeers, ONLY } from './bench/peers.ts';
import { benchProvisioning } from './bench/provisioning.ts';
import { benchScenes } from './bench/scene-decisions.ts';
import { benchSecrets } from './bench/secrets.ts';
import { benchStartup } from './bench/startup.ts';
import { benchWebhooks } from './bench/webhooks.ts';

/** Where profiles go unless said otherwise. */
const PROFILES = '.data/profiles';

const program = new Command('bench').description('Measures the service on this machine; prints a table, or JSON.');

program
  .command('peers', { isDefault: true })
  .description(
    'requests a second beside a Fastify server written by hand, and beside ours without its contract (default; 8 min)',
  )
  .argument('[command]')
  .option('--seconds <count>', 'how long each run takes', readCount, 3)
  .option('--rounds <count>', 'how often each candidate runs, in turn with the others', readCount, 3)
  .option('--connections <counts>', 'requests under way at once, such as 16,64', readCounts, [16, 64])
  .option('--users <count>', 'users who ask, each in turn', readCount, 10_000)
  .option('--only <names>', `candidates, operations or both of ${ONLY.join(', ')}`, readOnly, [])
  .option('--profile [folder]', 'instead: where ours spends its time, and a .cpuprofile for a flame graph')
  .option('--database-url <url>', 'an empty database that has been migrated (default: one made for this)')
  .option('--markdown', "the README's tables")
  .option('--json', 'JSON instead of a table')
  .action((unknown: string | undefined, options) => {
    // Commander hands a command that it doesn't know to the default one.
    if (unknown !== undefined) program.error(`There is no bench ${unknown}. See --help.`);
    return benchPeers({ ...options, ...(options.profile === true ? { profile: PROFILES } : {}) });
  });

program
  .command('webhooks')
  .description('how many signed webhooks a second are stored, durably, before they are answered')
  .option('--seconds <count>', 'how long each run takes', readCount, 10)
  .option('--connections <count>', 'requests under way at once', readCount, 32)
  .option('--rounds <count>', 'how often each candidate runs', readCount, 2)
  .option('--json', 'JSON instead of a table')
  .action(benchWebhooks);

program
  .command('capacity')
  .description('how many questions for the capacity a second are answered, and how many of them reach the database')
  .option('--seconds <count>', 'how long each run takes', readCount, 10)
  .option('--connections <count>', 'requests under way at once', readCount, 32)
  .option('--rounds <count>', 'how often each candidate runs', readCount, 2)
  .option('--json', 'JSON instead of a table')
  .action(benchCapacity);

program
  .command('one-postgres')
  .description(
    'how many streams one PostgreSQL carries, with one and two API processes, and what a streaming hour stores',
  )
  .option('--seconds <count>', 'how long each run takes', readCount, 15)
  .option('--connections <count>', 'requests under way at once', readCount, 32)
  .option('--streams <count>', 'streams that the requests are about', readCount, 300)
  .option('--lives <count>', 'relays that are started and ended to see what is stored of them', readCount, 20)
  .option('--hours <count>', 'how long a session is taken to last', readCount, 3)
  .option('--markdown', "the README's tables")
  .option('--json', 'JSON instead of a table')
  .action(benchOnePostgres);

program
  .command('growth')
  .description(
    'how long the hot queries take while the tables grow, what heartbeats leave behind, and whether the cleanup keeps up',
  )
  .option(
    '--users <count>',
    'users of the smallest size; each has ten sessions with five ledger rows',
    readCount,
    1_000,
  )
  .option('--steps <count>', 'sizes, each ten times the one before', readCount, 3)
  .option('--streams <count>', 'sessions that are live, at every size', readCount, 500)
  .option('--runs <count>', 'how often each query runs at each size', readCount, 200)
  .option('--heartbeats <count>', 'heartbeats that each way to store sessions gets', readCount, 200_000)
  .option('--no-heartbeats', 'leave those out')
  .option('--folder <path>', 'where the chart goes', '.data/bench')
  .option('--markdown', "the README's tables")
  .option('--json', 'JSON instead of a table')
  .action(benchGrowth);

program
  .command('provisioning')
  .description(
    "what the service adds to the provider's own time when many relays start at once; its own time is from the arrival of the call that makes a relay until that is ready, and the relays are timers, which cost no processor",
  )
  .option('--sessions <count>', 'relays that start at once', readCount, 200)
  .option('--rounds <count>', 'how often; the first one also warms up', readCount, 3)
  .option('--step <ms>', 'time of each of the four steps of a relay until it is ready', readCount, 1000)
  .option('--markdown', "the README's table")
  .option('--json', 'JSON instead of a table')
  .action(benchProvisioning);

program
  .command('startup')
  .description('how long npm start takes, and what the processes weigh in memory and the packages on the disk')
  .option('--rounds <count>', 'how often each start is measured', readCount, 3)
  .option('--rest <seconds>', 'when a process counts as at rest', readCount, 20)
  .option('--markdown', "the README's table")
  .option('--json', 'JSON instead of a table')
  .action(benchStartup);

program
  .command('scenes')
  .description("how long the SDK's scene engine takes for a decision")
  .option('--json', 'JSON instead of a table')
  .action(benchScenes);

program
  .command('secrets')
  .description('whether the time of comparing a secret tells where a wrong one is wrong')
  .option('--rounds <count>', 'how many readings are taken of each', readCount, 20_000)
  .option('--json', 'JSON instead of a table')
  .action(benchSecrets);

await program.parseAsync();

function readCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

function readCounts(text: string): number[] {
  return text.split(',').map(readCount);
}

function readOnly(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ONLY.includes(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`There is no ${unknown.join(', ')}; there are ${ONLY.join(', ')}.`);
  return names;
}
