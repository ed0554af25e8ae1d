import { Command } from 'commander';
import { isForked } from './cluster/messages.ts';
import { countProcesses } from './config-processes.ts';
import { backupCommand } from './database/backup/commands.ts';
import { userCommand } from './features/account/commands.ts';
import { loginCommand, revokeDevicesOf } from './features/auth/commands.ts';
import { billingCommand } from './features/billing/commands.ts';
import { importLegacyCommand } from './features/legacy-import/command.ts';
import type { Role } from './features/relay/alive-marks.ts';
import { sessionCommand, stopRelaysOf } from './features/relay/commands.ts';
import { fleetCommand } from './features/relay/fleet-commands.ts';
import { poolCommand } from './features/relay/providers/pool/commands.ts';
import { exportUser } from './features/user-export.ts';

/** The service is loaded only by those commands that run it, hence no `index.ts` above: the others answer much faster. */
const serve = async (roles: readonly Role[]) => {
  if (isForked(process.env)) return (await import('./serve-child.ts')).serveAsChild(roles);
  // What is no number is told with all other faults of the configuration.
  const isMany = roles.includes('api') && (countProcesses(process.env.WEB_CONCURRENCY) ?? 1) > 1;
  return isMany ? (await import('./serve-many.ts')).serveMany(roles) : (await import('./serve.ts')).serve(roles);
};
const migrate = async () => (await import('./serve.ts')).migrate();

const program = new Command('telemy-control-plane').description('The control plane behind the Telemy OBS plugin.');

program
  .command('all', { isDefault: true })
  .description('API and worker in one process (default)')
  .argument('[command]')
  .action((unknown?: string) => {
    // Commander hands a command that it doesn't know to the default one.
    if (unknown !== undefined) program.error(`There is no command ${unknown}. See --help.`);
    return serve(['api', 'worker']);
  });
program
  .command('api')
  .description('the API alone')
  .action(() => serve(['api']));
program
  .command('worker')
  .description('the background work alone')
  .action(() => serve(['worker']));
program.command('migrate').description('bring the database schema up to date').action(migrate);
program.addCommand(
  userCommand({
    revokeDevices: revokeDevicesOf,
    stopRelays: stopRelaysOf,
    exportUser: (operator, account) => exportUser(operator.database, account),
  }),
);
program.addCommand(sessionCommand());
program.addCommand(loginCommand());
program.addCommand(billingCommand());
program.addCommand(fleetCommand());
program.addCommand(poolCommand());
program.addCommand(
  backupCommand({
    pauseFleet: async (url, reason) => (await import('./features/relay/fleet-control.ts')).pauseFleetOf(url, reason),
  }),
);
program.addCommand(importLegacyCommand());

await program.parseAsync();
