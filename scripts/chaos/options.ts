import { Command, InvalidArgumentError } from 'commander';
import type { Fault } from '../../test/support/chaos/fault.ts';
import { FAULTS } from '../../test/support/chaos/faults.ts';
import { POSTGRES_BIN } from '../../test/support/ops/cluster.ts';
import { findNeeds } from '../test-ops/needs.ts';

export interface Options {
  rounds: number;
  seed?: number;
  faults?: readonly Fault[];
  together?: true;
  alone?: true;
  apis: number;
  workers: number;
  plugins: number;
  roundLimit: number;
  standby: boolean;
  json?: true;
}

/** What was asked for. Ends the process where it can't be. */
export function readOptions(): Options {
  const list = FAULTS.map(({ name, what }) => `  ${name.padEnd(19)}${what}`).join('\n');
  const command = new Command('chaos')
    .description(
      'Runs APIs, workers, PostgreSQL with a standby, relays and plugins, and lets one thing after another go wrong.',
    )
    .option('--rounds <count>', 'how many rounds; each has one or two faults', readCount, 100)
    .option('--seed <number>', 'what the faults and the traffic follow from; a random one by default', readCount)
    .option('--faults <names>', 'only these, with commas between them (default: all)', readFaults)
    .option('--together', 'each round has all of --faults at once')
    .option('--alone', 'each round has one fault, never two')
    .option('--apis <count>', 'API processes', readCount, 2)
    .option('--workers <count>', 'workers', readCount, 2)
    .option('--plugins <count>', 'simulated devices, each on an account of its own', readCount, 8)
    .option('--round-limit <seconds>', 'a round that takes longer is stuck, and ends the run', readCount, 180)
    .option('--no-standby', "without Debian's PostgreSQL and its standby: leaves out the faults that need them")
    .option('--json', 'one JSON object per round, and one for the whole run, on standard output, and nothing else')
    .addHelpText('after', `\nFaults:\n${list}\n\nCtrl-C ends all processes, and prints what there was until then.`)
    .parse();
  const options = command.opts<Options>();
  if (options.together && !options.faults) command.error('--together needs --faults: which ones?');
  if (options.together && options.alone) command.error('--together and --alone exclude each other.');
  const groups = (options.faults ?? []).map(({ group }) => group);
  if (options.together && new Set(groups).size < groups.length) {
    command.error(`These would get into each other's way (${groups.join(', ')}): name one of each group.`);
  }
  if (options.standby) assertPostgres(command);
  return options;
}

function assertPostgres(command: Command): void {
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
