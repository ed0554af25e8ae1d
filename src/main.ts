import { Command } from 'commander';
import { userCommand } from './features/account/index.ts';
import { loginCommand, revokeDevicesOf } from './features/auth/index.ts';
import { billingCommand } from './features/billing/index.ts';
import { importLegacyCommand } from './features/legacy-import/index.ts';
import type { Role } from './features/relay/index.ts';
import { fleetCommand, poolCommand, sessionCommand, stopRelaysOf } from './features/relay/index.ts';
import { exportUser } from './features/user-export.ts';

/** The service itself is loaded only by those commands that run it: the others answer in half the time. */
const serve = async (roles: readonly Role[]) => (await import('./serve.ts')).serve(roles);
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
program.addCommand(importLegacyCommand());

await program.parseAsync();
