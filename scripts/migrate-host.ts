/** Moves the service to another host, phase by phase, with a way back. Run by `npm run migrate-host`. */
import { Command } from 'commander';
import { addOperatorCommand, asCommand, type Printer } from '../src/operator.ts';
import { loadMoveConfig } from './migrate-host/config.ts';
import { EXAMPLE } from './migrate-host/example.ts';
import { PHASES, type PhaseName } from './migrate-host/journal.ts';
import { phases, runPhase } from './migrate-host/run-phase.ts';
import { toOperatorError } from './migrate-host/told.ts';

interface Options {
  config: string;
  dryRun?: true;
  yes?: true;
  rehearse?: true;
  acceptLoss?: true;
  example?: true;
}

const program = new Command('migrate-host').description(
  'Moves the service to another host: one phase after the other, each can be run again. See "Moving to another host" in the README.',
);

for (const name of PHASES) {
  const command = addOperatorCommand(program, name, phases[name].description)
    .option('--config <file>', 'the places, as YAML or JSON', 'move.yaml')
    .option('--dry-run', 'only show what it will do');
  if (phases[name].changes) command.option('--yes', 'do it without an earlier --dry-run');
  if (name === 'plan') command.option('--example', 'print a configuration to begin with');
  if (name === 'dump') command.option('--rehearse', 'the old host goes on writing; there can be no cutover then');
  if (name === 'rollback') command.option('--accept-loss', 'go back although the new host has written');
  command.action(asCommand((printer, options: Options) => run(printer, name, options)));
}

await program.parseAsync();

async function run(printer: Printer, name: PhaseName, options: Options): Promise<void> {
  if (options.example) {
    process.stdout.write(EXAMPLE);
    return;
  }
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    const config = loadMoveConfig(options.config, process.env);
    const done = await runPhase(name, { ...options, config, env: process.env, say });
    if ('steps' in done) printer.print(done.steps, 'Nothing.');
    else if ('steps' in done.result) printer.print(done.result.steps as object[], 'Nothing.');
    else printer.printParts(done.result);
  } catch (error) {
    throw toOperatorError(error) ?? error;
  }
}
