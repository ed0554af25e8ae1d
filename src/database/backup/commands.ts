import { Command } from 'commander';
import { addOperatorCommand, asCommand, type Printer } from '../../operator.ts';
import type { BackupContext, BackupParts } from './tasks.ts';

type Tasks = typeof import('./tasks.ts');

/** `backup create|list|prune|verify|restore` */
export function backupCommand(parts: BackupParts): Command {
  const backup = new Command('backup').description('Backups of the database: encrypted, counted, and tried.');

  addOperatorCommand(backup, 'create', 'make a backup now, then delete those that no rule keeps').action(
    asBackupTask((tasks, context) => tasks.create(context)),
  );

  addOperatorCommand(backup, 'list', 'the backups that are kept, newest first').action(
    asBackupTask((tasks, context) => tasks.list(context)),
  );

  addOperatorCommand(backup, 'prune', 'delete the backups that no rule keeps (7 daily, 4 weekly, 6 monthly)')
    .option('--dry-run', 'only say which ones')
    .action(asBackupTask((tasks, context, options: { dryRun?: boolean }) => tasks.prune(context, options)));

  addOperatorCommand(backup, 'verify', 'restore a backup into a scratch database and compare it with its manifest')
    .argument('[name]', 'which one; the newest by default')
    .option('--against <url>', 'make it on this server, by a user who may; default: start a PostgreSQL for it')
    .action(
      asBackupTask((tasks, context, name: string | undefined, { against }: { against?: string }) =>
        tasks.verify(context, name, against),
      ),
    );

  addOperatorCommand(backup, 'restore', 'restore a backup into an empty database; the fleet only reports there')
    .argument('<name>', 'which one')
    .requiredOption('--to <url>', 'the empty database; a password is better given as PGPASSWORD or PGPASSFILE')
    .action(
      asBackupTask((tasks, context, name: string, { to }: { to: string }) => tasks.restore(context, parts, name, to)),
    );

  return backup;
}

/** Loads what backups need only where one of the commands really runs. */
function asBackupTask<Args extends unknown[]>(
  task: (tasks: Tasks, context: BackupContext, ...args: Args) => Promise<void>,
) {
  return asCommand<Args>(async (printer: Printer, ...args) => {
    const tasks = await import('./tasks.ts');
    await tasks.withStorage(printer, (context) => task(tasks, context, ...args));
  });
}
